// Keeps secrets and data out of answers and log lines. Stateless; any thread.
#pragma once

#include <string>

namespace millrace::server {

/// A statement, or several, as errors show them: INSERT VALUES without its values, connectors
/// without the values of their properties, SET and ALTER SYSTEM of a secret without it, what cannot
/// be parsed likewise (unparsed_masking.h), anything else unchanged.
std::string mask_statement(const std::string& text);

}  // namespace millrace::server
