// A column of a batch: typed values, validity, and for text the arena behind it. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/types/value.h"

namespace millrace {

/// Bytes that text columns point into; grows in blocks, never moves what it has given out.
class Arena {
public:
    /// A copy of `bytes` that lives as long as the arena.
    std::string_view copy(std::string_view bytes);
    /// Room for `size` bytes to be filled by the caller.
    char* allocate(size_t size);
    size_t bytes() const { return bytes_; }

private:
    std::vector<std::unique_ptr<char[]>> blocks_;
    size_t left_ = 0;
    char* next_ = nullptr;
    size_t bytes_ = 0;
};
using ArenaPtr = std::shared_ptr<Arena>;

/// Physical forms: kBool (uint8_t), kInt (int32_t: INTEGER, DATE, TIME), kLong (int64_t: BIGINT,
/// TIMESTAMP), kDouble, kText (string_view: STRING, BYTES), kValue (Value: DECIMAL and nested).
enum class PhysicalType : uint8_t { kBool, kInt, kLong, kDouble, kText, kValue };
PhysicalType physical_type(BaseType type);

class Column {
public:
    explicit Column(SqlTypePtr type);

    const SqlType& type() const { return *type_; }
    const SqlTypePtr& type_ptr() const { return type_; }
    PhysicalType physical() const { return physical_; }
    size_t size() const { return valid_.size(); }
    void reserve(size_t rows);
    /// `rows` NULLs, to be filled by index.
    void resize(size_t rows);

    bool is_null(size_t row) const { return valid_[row] == 0; }
    bool all_valid() const;

    // Typed access. REQUIRES: the physical type; reads of a NULL row give anything.
    uint8_t bool_at(size_t row) const { return bools_[row]; }
    int32_t int_at(size_t row) const { return ints_[row]; }
    int64_t long_at(size_t row) const { return longs_[row]; }
    double double_at(size_t row) const { return doubles_[row]; }
    std::string_view text_at(size_t row) const { return texts_[row]; }
    const Value& value_ref_at(size_t row) const { return values_[row]; }

    void append_null();
    void append_bool(bool v);
    void append_int(int32_t v);
    void append_long(int64_t v);
    void append_double(double v);
    /// Copies the bytes into this column's arena.
    void append_text(std::string_view v);
    /// The bytes must be owned by an arena that this column holds (hold()).
    void append_text_view(std::string_view v);
    void append_ref(Value v);

    void set_null(size_t row) { valid_[row] = 0; }
    void set_bool(size_t row, bool v) {
        valid_[row] = 1;
        bools_[row] = v ? 1 : 0;
    }
    void set_int(size_t row, int32_t v) {
        valid_[row] = 1;
        ints_[row] = v;
    }
    void set_long(size_t row, int64_t v) {
        valid_[row] = 1;
        longs_[row] = v;
    }
    void set_double(size_t row, double v) {
        valid_[row] = 1;
        doubles_[row] = v;
    }
    void set_text(size_t row, std::string_view v);
    void set_text_view(size_t row, std::string_view v) {
        valid_[row] = 1;
        texts_[row] = v;
    }
    void set_ref(size_t row, Value v) {
        valid_[row] = 1;
        values_[row] = std::move(v);
    }

    /// Generic access: slow, for tests, nested values and rare paths.
    Value get(size_t row) const;
    void append(const Value& v);
    void set(size_t row, const Value& v);

    /// Appends a row of another column of the same type; text is shared, not copied: hold its
    /// arenas.
    void append_from(const Column& other, size_t row);
    /// A column of these rows of this one, in this order; shares text.
    Column select(const std::vector<uint32_t>& rows) const;

    /// Keeps an arena alive as long as this column.
    void hold(const ArenaPtr& arena);
    void hold_all(const Column& other);
    /// The arena for text written to this column.
    Arena& arena();

    // Raw vectors for kernels.
    std::vector<uint8_t>& valid() { return valid_; }
    const std::vector<uint8_t>& valid() const { return valid_; }
    std::vector<uint8_t>& bools() { return bools_; }
    const std::vector<uint8_t>& bools() const { return bools_; }
    std::vector<int32_t>& ints() { return ints_; }
    const std::vector<int32_t>& ints() const { return ints_; }
    std::vector<int64_t>& longs() { return longs_; }
    const std::vector<int64_t>& longs() const { return longs_; }
    std::vector<double>& doubles() { return doubles_; }
    const std::vector<double>& doubles() const { return doubles_; }
    std::vector<std::string_view>& texts() { return texts_; }
    const std::vector<std::string_view>& texts() const { return texts_; }
    std::vector<Value>& values() { return values_; }
    const std::vector<Value>& values() const { return values_; }

private:
    SqlTypePtr type_;
    PhysicalType physical_;
    std::vector<uint8_t> valid_;
    std::vector<uint8_t> bools_;
    std::vector<int32_t> ints_;
    std::vector<int64_t> longs_;
    std::vector<double> doubles_;
    std::vector<std::string_view> texts_;
    std::vector<Value> values_;
    ArenaPtr own_;
    std::vector<ArenaPtr> held_;
};

using ColumnPtr = std::shared_ptr<const Column>;

}  // namespace millrace
