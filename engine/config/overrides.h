// What a session, a request or ALTER SYSTEM may set. Stateless; any thread.
#pragma once

#include <string>

#include "engine/config/config.h"

namespace millrace {

/// Checks that a session may set the property to the value. Throws StatementError with ksqlDB's
/// texts: unknown, denied, bad value, immutable; and for what would not be kept: a promise that
/// only the whole server makes. Returns what is to be said about a value that has no effect here;
/// empty: nothing is.
std::string check_override(const Config& server, const std::string& name, const std::string& value,
                           bool over_rest);
/// The same without a value: may a request set this property at all?
void check_override_name(const Config& server, const std::string& name);

/// Throws StatementError(kStatement) for a name that means nothing.
void check_property_known(const std::string& name);

/// The same; what it suggests may be named in ALTER SYSTEM.
void check_system_property(const std::string& name);
/// Checks that ALTER SYSTEM may set the property to the value. Throws as check_override.
void check_system_value(const Config& server, const std::string& name, const std::string& value);
/// May be named in ALTER SYSTEM.
bool is_system_property(const std::string& name);

}  // namespace millrace
