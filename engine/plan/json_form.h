// The two ways through a description. `fields(form, value)` names a struct's fields once, in the
// order of its JSON; a Writer makes the JSON of them, a Reader fills them from it. For
// steps_json.cpp.
//
// Whoever describes a struct takes it apart with a structured binding: then an added field that is
// not described does not compile.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/plan/steps.h"
#include "engine/plan/stored_json.h"
#include "engine/sql/parser.h"

namespace millrace::plan {

/// Enumerations are words; in the order of their values.
constexpr std::array<const char*, 2> words_of(QueryKind) {
    return {"persistent", "push"};
}
constexpr std::array<const char*, 4> words_of(WindowType) {
    return {"", "TUMBLING", "HOPPING", "SESSION"};
}
constexpr std::array<const char*, 3> words_of(sql::WindowKind) {
    return {"TUMBLING", "HOPPING", "SESSION"};
}
constexpr std::array<const char*, 4> words_of(sql::JoinType) {
    return {"INNER", "LEFT", "RIGHT", "OUTER"};
}

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
/// What nlohmann's library turns into JSON and back by itself.
template <class T>
inline constexpr bool kIsPlain = std::is_arithmetic_v<T> || std::is_same_v<T, std::string> ||
                                 std::is_same_v<T, std::map<std::string, std::string>>;

class Writer {
public:
    explicit Writer(Json& out) : out_(out) {}

    /// Names and their values in turn. An absent optional leaves nothing.
    template <class T, class... More>
    void operator()(const char* name, const T& value, const More&... more) {
        if constexpr (!kIsOptional<T>) {
            out_[name] = written(value);
        } else if (value) {
            out_[name] = written(*value);
        }
        if constexpr (sizeof...(more) > 0) (*this)(more...);
    }
    /// A value that is as T{} leaves nothing.
    template <class T>
    void unless_empty(const char* name, const T& value) {
        if (!(value == T{})) (*this)(name, value);
    }
    /// One of two values, as a boolean.
    template <class E>
    void flag(const char* name, E value, E yes, E /*no*/) {
        out_[name] = value == yes;
    }

    template <class T>
    static Json written(const T& value) {
        if constexpr (kIsPlain<T>) {
            return value;
        } else if constexpr (std::is_enum_v<T>) {
            return words_of(value).at(static_cast<size_t>(value));
        } else if constexpr (std::is_same_v<T, sql::ExpressionPtr>) {
            return sql::print(value);
        } else if constexpr (std::is_same_v<T, SqlTypePtr>) {
            return value->to_string();
        } else if constexpr (kIsVector<T>) {
            Json out = Json::array();
            for (const auto& element : value) out.push_back(written(element));
            return out;
        } else {
            Json out = Json::object();
            Writer form(out);
            fields(form, value);
            return out;
        }
    }

private:
    Json& out_;
};

class Reader {
public:
    explicit Reader(const Json& in) : in_(in) {}

    template <class T, class... More>
    void operator()(const char* name, T& value, More&... more) {
        if constexpr (!kIsOptional<T>) {
            read(in_.at(name), value);
        } else if (in_.contains(name)) {
            read(in_.at(name), value.emplace());
        }
        if constexpr (sizeof...(more) > 0) (*this)(more...);
    }
    template <class T>
    void unless_empty(const char* name, T& value) {
        if (in_.contains(name)) (*this)(name, value);
    }
    template <class E>
    void flag(const char* name, E& value, E yes, E no) {
        value = in_.at(name).get<bool>() ? yes : no;
    }

    template <class T>
    static void read(const Json& in, T& value) {
        if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
            value = stored_number<T>(in);
        } else if constexpr (kIsPlain<T>) {
            value = in.get<T>();
        } else if constexpr (std::is_enum_v<T>) {
            read_word(in.get<std::string>(), value);
        } else if constexpr (std::is_same_v<T, sql::ExpressionPtr>) {
            value = sql::parse_expression(in.get<std::string>());
        } else if constexpr (std::is_same_v<T, SqlTypePtr>) {
            value = sql::parse_type(in.get<std::string>());
        } else if constexpr (kIsVector<T>) {
            for (const Json& element : in.get_ref<const Json::array_t&>())
                read(element, value.emplace_back());
        } else {
            Reader form(in);
            fields(form, value);
        }
    }

private:
    template <class E>
    static void read_word(const std::string& text, E& value) {
        const auto words = words_of(value);
        const auto found = std::find(words.begin(), words.end(), text);
        if (found == words.end()) throw DamagedBytes("it has an unknown word: " + text);
        value = static_cast<E>(found - words.begin());
    }

    const Json& in_;
};

}  // namespace millrace::plan
