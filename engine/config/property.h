// One row of the table of properties, and the words that rows are written in. The rows stand in
// table_*.h, the whole table and its look-ups in table.h. Compile-time constants; any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

namespace millrace {

enum class PropertyType : uint8_t { kString, kBool, kInt, kLong, kList };

/// Whom a value is for. Everything may stand in the server's file.
enum class PropertyReach : uint8_t {
    kServer,   ///< One value for the whole server.
    kRequest,  ///< Looked at while a statement is answered; SET and requests may give their own.
    kQuery,    ///< Goes with the query that was started under it, for as long as that lives.
};

enum class PropertyUse : uint8_t {
    kRead,     ///< By this server's code: Config::get<"the name">().
    kClient,   ///< Handed to Kafka's clients.
    kIgnored,  ///< Known, checked and without effect here; said once at start.
};

/// What a text, or each of a list, must look like.
enum class TextShape : uint8_t {
    kAny,
    kTopicNamePart,  ///< Stands in the names of topics.
    kTopicName,      ///< Or nothing.
    kListener,       ///< http://HOST:PORT; a text also nothing.
    kUrls,           ///< Several by comma.
    kNoWildcard,
};

/// Chapters of the reference page; SHOW PROPERTIES lists the defaults of some.
enum class PropertyGroup : uint8_t { kEngine, kDoors, kProcessingLog, kStreams, kClients, kOwn };

struct Property {
    std::string_view name;  ///< With a dot at its end: a family, the whole of what begins so.
    PropertyType type = PropertyType::kString;
    const char* default_value = nullptr;  ///< Null: none.
    std::string_view about;               ///< What it does, a sentence or two.
    PropertyReach reach = PropertyReach::kServer;
    PropertyUse use = PropertyUse::kRead;
    PropertyGroup group = PropertyGroup::kEngine;
    bool is_immutable = false;  ///< SET refuses it.
    bool is_secret = false;     ///< Never shown, whatever its name looks like.
    bool is_public = false;     ///< Shown, although its name looks like a secret's.
    bool is_alterable = false;  ///< ALTER SYSTEM knows it.
    bool is_promise = false;    ///< Protection, a guarantee or a bound hangs on it.
    int64_t least = std::numeric_limits<int64_t>::min();
    int64_t most = std::numeric_limits<int64_t>::max();
    TextShape shape = TextShape::kAny;
    std::string_view choices;  ///< By comma: all the values there are.
    bool any_case = false;     ///< Letter case of a choice does not count.
    /// By comma: values that promise something this server has not; refused at start. "*": all but
    /// the default.
    std::string_view refused;
    std::string_view lacking;  ///< What it has not, as the refusal says it.

    /// The row with one thing changed. Before its uses: clang makes a template inside a class from
    /// what it has read so far when a constant asks for it.
    template <class T>
    constexpr Property with(T Property::*member, T value) const {
        Property changed = *this;
        changed.*member = value;
        return changed;
    }

    // What a row says besides name, type, default and meaning. Each gives the changed row.
    constexpr Property in(PropertyReach value) const { return with(&Property::reach, value); }
    constexpr Property per_request() const { return in(PropertyReach::kRequest); }
    constexpr Property per_query() const { return in(PropertyReach::kQuery); }
    constexpr Property to_clients() const { return with(&Property::use, PropertyUse::kClient); }
    constexpr Property no_effect() const { return with(&Property::use, PropertyUse::kIgnored); }
    constexpr Property immutable() const { return with(&Property::is_immutable, true); }
    constexpr Property secret() const { return with(&Property::is_secret, true); }
    constexpr Property not_secret() const { return with(&Property::is_public, true); }
    constexpr Property alterable() const { return with(&Property::is_alterable, true); }
    /// A name that is nearly this one ends the start; a session is not told a value that is not
    /// the server's.
    constexpr Property promise() const { return with(&Property::is_promise, true); }
    constexpr Property at_most(int64_t value) const { return with(&Property::most, value); }
    constexpr Property at_least(int64_t value) const { return with(&Property::least, value); }
    constexpr Property shaped(TextShape value) const { return with(&Property::shape, value); }
    constexpr Property one_of(std::string_view values) const {
        return with(&Property::choices, values);
    }
    /// As Kafka's CaseInsensitiveValidString; also where a wrong case can only be one mistake.
    constexpr Property one_of_any_case(std::string_view values) const {
        return one_of(values).with(&Property::any_case, true);
    }
    /// Not built: a server that is told to do it does not start.
    constexpr Property refuse(std::string_view values, std::string_view what) const {
        return no_effect()
            .promise()
            .with(&Property::refused, values)
            .with(&Property::lacking, what);
    }

    constexpr bool is_family() const { return name.ends_with('.'); }

    static constexpr Property make(std::string_view name, PropertyType type,
                                   const char* default_value, std::string_view about) {
        Property row;
        row.name = name;
        row.type = type;
        row.default_value = default_value;
        row.about = about;
        const int64_t int_max = std::numeric_limits<int32_t>::max();
        if (type == PropertyType::kInt) row.most = int_max;
        if (type == PropertyType::kInt) row.least = -int_max - 1;
        return row;
    }
};

namespace property_table {
/// Longer than anybody waits, and so short that sums of times are times.
inline constexpr int64_t kYearMs = 366LL * 86'400'000;
}  // namespace property_table

/// The words of the rows. A null default: unset means something of its own.
namespace property_table::row {

constexpr Property text(std::string_view name, const char* otherwise, std::string_view about) {
    return Property::make(name, PropertyType::kString, otherwise, about);
}
constexpr Property flag(std::string_view name, const char* otherwise, std::string_view about) {
    return Property::make(name, PropertyType::kBool, otherwise, about);
}
constexpr Property int32(std::string_view name, const char* otherwise, std::string_view about) {
    return Property::make(name, PropertyType::kInt, otherwise, about);
}
constexpr Property int64(std::string_view name, const char* otherwise, std::string_view about) {
    return Property::make(name, PropertyType::kLong, otherwise, about);
}
constexpr Property list(std::string_view name, const char* otherwise, std::string_view about) {
    return Property::make(name, PropertyType::kList, otherwise, about);
}

}  // namespace property_table::row

}  // namespace millrace
