// SQL types: immutable, shared. Structural equality.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

enum class BaseType : uint8_t {
    kBoolean,
    kInteger,
    kBigint,
    kDecimal,
    kDouble,
    kString,
    kBytes,
    kDate,
    kTime,
    kTimestamp,
    kArray,
    kMap,
    kStruct,
};

class SqlType;
using SqlTypePtr = std::shared_ptr<const SqlType>;

class SqlType {
public:
    struct Field {
        std::string name;
        SqlTypePtr type;
    };

    /// One shared instance a primitive type. REQUIRES: not DECIMAL, ARRAY, MAP or STRUCT.
    static const SqlTypePtr& of(BaseType base);
    static const SqlTypePtr& boolean() { return of(BaseType::kBoolean); }
    static const SqlTypePtr& integer() { return of(BaseType::kInteger); }
    static const SqlTypePtr& bigint() { return of(BaseType::kBigint); }
    static const SqlTypePtr& double_() { return of(BaseType::kDouble); }
    static const SqlTypePtr& string() { return of(BaseType::kString); }
    static const SqlTypePtr& bytes() { return of(BaseType::kBytes); }
    static const SqlTypePtr& date() { return of(BaseType::kDate); }
    static const SqlTypePtr& time() { return of(BaseType::kTime); }
    static const SqlTypePtr& timestamp() { return of(BaseType::kTimestamp); }
    /// Throws StatementError when precision < 1, scale < 0 or scale > precision.
    static SqlTypePtr decimal(int precision, int scale);
    static SqlTypePtr array(SqlTypePtr element);
    static SqlTypePtr map(SqlTypePtr key, SqlTypePtr value);
    static SqlTypePtr struct_(std::vector<Field> fields);

    BaseType base() const { return base_; }
    bool is(BaseType base) const { return base_ == base; }
    bool is_numeric() const {
        return base_ == BaseType::kInteger || base_ == BaseType::kBigint ||
               base_ == BaseType::kDecimal || base_ == BaseType::kDouble;
    }
    bool is_nested() const { return base_ >= BaseType::kArray; }

    int precision() const { return precision_; }                  ///< DECIMAL only.
    int scale() const { return scale_; }                          ///< DECIMAL only.
    const SqlTypePtr& element() const { return value_; }          ///< ARRAY only.
    const SqlTypePtr& map_key() const { return key_; }            ///< MAP only.
    const SqlTypePtr& map_value() const { return value_; }        ///< MAP only.
    const std::vector<Field>& fields() const { return fields_; }  ///< STRUCT only.
    /// Index of the field with exactly this name, or -1.
    int field_index(std::string_view name) const;

    bool operator==(const SqlType& other) const;

    /// ksqlDB's text: `DECIMAL(4, 2)`, `ARRAY<STRING>`, ``STRUCT<`A` INTEGER>``. Strings are
    /// STRING. With `quote_all` every field name is back-quoted; otherwise only where needed.
    std::string to_string(bool quote_all = true) const;

private:
    explicit SqlType(BaseType base) : base_(base) {}

    BaseType base_;
    int precision_ = 0;
    int scale_ = 0;
    SqlTypePtr key_;
    SqlTypePtr value_;
    std::vector<Field> fields_;
};

/// Name of a base type as users see it: "INTEGER", "STRING", ….
std::string_view base_type_name(BaseType base);

/// Is there a MAP in this type, at any depth?
bool contains_map(const SqlType& type);

inline bool same_type(const SqlTypePtr& a, const SqlTypePtr& b) {
    return a == b || (a && b && *a == *b);
}

/// `name` as an identifier in SQL text: back-quoted when it is reserved, lower-case or not plain.
std::string quote_identifier(std::string_view name, bool always = false);

/// Keywords that must be quoted to be an identifier (list: reserved_words.cpp). REQUIRES: upper
/// case.
bool is_reserved_word(std::string_view upper);

}  // namespace millrace
