// The server's properties, read once: typed values by name, whatever the file said and a session or
// a query has laid over it. A small immutable value, cheap to copy; any thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/settings.h"
#include "engine/config/value.h"

namespace millrace {

/// A property's name as a template argument.
template <size_t kSize>
struct PropertyName {
    char text[kSize] = {};
    // NOLINTNEXTLINE(google-explicit-constructor): that it is written as a literal is the point.
    constexpr PropertyName(const char (&name)[kSize]) {
        for (size_t i = 0; i < kSize; ++i) text[i] = name[i];
    }
    constexpr std::string_view view() const { return {text, kSize - 1}; }
};

/// Overrides by name, as a session SETs them and a plan keeps them.
using Overrides = std::map<std::string, std::string>;

class Config {
public:
    /// Everything at its default.
    Config();
    /// Throws StatementError(kGeneral) with all that is wrong, a line each: values out of range,
    /// names that were surely mistyped, promises that this server cannot keep.
    explicit Config(const Settings& settings);
    explicit Config(const std::map<std::string, std::string>& properties)
        : Config(settings_of(properties, "")) {}

    /// The value of a property of the table, by its bare name: bool, int64_t, std::string or a
    /// vector of strings, as its row says; std::optional of that when it has no default. A name
    /// that the table has not, or says that nobody reads, does not compile.
    /// The table is long and read by few: get.h has the body, to be included where get is used.
    template <PropertyName kName>
    auto get() const;

    /// Text of a name that was set, families' members too (`ksql.functions.f.limit`); null: not
    /// set. Lives as long as this Config.
    const std::string* find(const std::string& name) const;
    /// Was it set, by anyone?
    bool is_set(const std::string& name) const { return find(name) != nullptr; }

    /// This with overrides over it. They have been checked (overrides.h); throws
    /// StatementError(kGeneral) for one that has not and is wrong.
    Config with(const Overrides& overrides) const;
    /// What lies over the server's own and goes with a query; it is written down, so no secrets.
    Overrides query_overrides() const;

    /// What the server was given, with names as written and where from.
    const Settings& settings() const;
    /// What an operator should hear at the start.
    const std::vector<std::string>& warnings() const;

private:
    struct Given;
    struct Data;
    explicit Config(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
    const PropertyValue& value_at(size_t index) const;

    std::shared_ptr<const Data> data_;
};

/// Those that may be written down. Sessions cannot set others (check_override); whatever else puts
/// overrides together, the command topic holds no secret.
Overrides without_secrets(const Overrides& overrides);

/// Those of the properties that go with a query and are good. Plans of before held all of the
/// server's settings.
Overrides query_scoped(const Overrides& properties);

}  // namespace millrace
