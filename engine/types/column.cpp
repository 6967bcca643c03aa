#include "engine/types/column.h"

#include <algorithm>
#include <cstring>

#include "engine/base/check.h"
#include "engine/base/row_meter.h"

namespace millrace {
namespace {

// Blocks double from the first size up to the last, so that small batches stay small.
constexpr size_t kFirstBlockBytes = 1024;
constexpr size_t kLastBlockBytes = size_t{256} * 1024;

}  // namespace

char* Arena::allocate(size_t size) {
    if (size > left_) {
        size_t shift = std::min<size_t>(blocks_.size(), 8);
        size_t block = std::max(std::min(kFirstBlockBytes << shift, kLastBlockBytes), size);
        RowMeter::here().grow(block);
        blocks_.emplace_back(new char[block]);
        next_ = blocks_.back().get();
        left_ = block;
    }
    char* out = next_;
    next_ += size;
    left_ -= size;
    bytes_ += size;
    return out;
}

std::string_view Arena::copy(std::string_view bytes) {
    if (bytes.empty()) return {};
    char* out = allocate(bytes.size());
    std::memcpy(out, bytes.data(), bytes.size());
    return {out, bytes.size()};
}

PhysicalType physical_type(BaseType type) {
    switch (type) {
        case BaseType::kBoolean:
            return PhysicalType::kBool;
        case BaseType::kInteger:
        case BaseType::kDate:
        case BaseType::kTime:
            return PhysicalType::kInt;
        case BaseType::kBigint:
        case BaseType::kTimestamp:
            return PhysicalType::kLong;
        case BaseType::kDouble:
            return PhysicalType::kDouble;
        case BaseType::kString:
        case BaseType::kBytes:
            return PhysicalType::kText;
        default:
            return PhysicalType::kValue;
    }
}

Column::Column(SqlTypePtr type) : type_(std::move(type)), physical_(physical_type(type_->base())) {}

void Column::reserve(size_t rows) {
    valid_.reserve(rows);
    switch (physical_) {
        case PhysicalType::kBool:
            bools_.reserve(rows);
            break;
        case PhysicalType::kInt:
            ints_.reserve(rows);
            break;
        case PhysicalType::kLong:
            longs_.reserve(rows);
            break;
        case PhysicalType::kDouble:
            doubles_.reserve(rows);
            break;
        case PhysicalType::kText:
            texts_.reserve(rows);
            break;
        case PhysicalType::kValue:
            values_.reserve(rows);
            break;
    }
}

void Column::resize(size_t rows) {
    valid_.resize(rows, 0);
    switch (physical_) {
        case PhysicalType::kBool:
            bools_.resize(rows);
            break;
        case PhysicalType::kInt:
            ints_.resize(rows);
            break;
        case PhysicalType::kLong:
            longs_.resize(rows);
            break;
        case PhysicalType::kDouble:
            doubles_.resize(rows);
            break;
        case PhysicalType::kText:
            texts_.resize(rows);
            break;
        case PhysicalType::kValue:
            values_.resize(rows);
            break;
    }
}

bool Column::all_valid() const {
    return valid_.empty() || std::memchr(valid_.data(), 0, valid_.size()) == nullptr;
}

void Column::append_null() {
    valid_.push_back(0);
    switch (physical_) {
        case PhysicalType::kBool:
            bools_.push_back(0);
            break;
        case PhysicalType::kInt:
            ints_.push_back(0);
            break;
        case PhysicalType::kLong:
            longs_.push_back(0);
            break;
        case PhysicalType::kDouble:
            doubles_.push_back(0);
            break;
        case PhysicalType::kText:
            texts_.emplace_back();
            break;
        case PhysicalType::kValue:
            values_.emplace_back();
            break;
    }
}

void Column::append_bool(bool v) {
    valid_.push_back(1);
    bools_.push_back(v ? 1 : 0);
}
void Column::append_int(int32_t v) {
    valid_.push_back(1);
    ints_.push_back(v);
}
void Column::append_long(int64_t v) {
    valid_.push_back(1);
    longs_.push_back(v);
}
void Column::append_double(double v) {
    valid_.push_back(1);
    doubles_.push_back(v);
}
void Column::append_text(std::string_view v) {
    append_text_view(arena().copy(v));
}
void Column::append_text_view(std::string_view v) {
    valid_.push_back(1);
    texts_.push_back(v);
}
void Column::append_ref(Value v) {
    valid_.push_back(1);
    values_.push_back(std::move(v));
}

void Column::set_text(size_t row, std::string_view v) {
    set_text_view(row, arena().copy(v));
}

Value Column::get(size_t row) const {
    if (is_null(row)) return {};
    switch (physical_) {
        case PhysicalType::kBool:
            return bools_[row] != 0;
        case PhysicalType::kInt:
            return ints_[row];
        case PhysicalType::kLong:
            return longs_[row];
        case PhysicalType::kDouble:
            return doubles_[row];
        case PhysicalType::kText:
            return Value(texts_[row]);
        case PhysicalType::kValue:
            return values_[row];
    }
    return {};
}

void Column::append(const Value& v) {
    append_null();
    set(size() - 1, v);
}

void Column::set(size_t row, const Value& v) {
    if (v.is_null()) {
        set_null(row);
        return;
    }
    switch (physical_) {
        case PhysicalType::kBool:
            set_bool(row, v.as_bool());
            break;
        case PhysicalType::kInt:
            set_int(row, v.as_int());
            break;
        case PhysicalType::kLong:
            set_long(row, v.as_long());
            break;
        case PhysicalType::kDouble:
            set_double(row, v.as_double());
            break;
        case PhysicalType::kText:
            set_text(row, v.as_string());
            break;
        case PhysicalType::kValue:
            set_ref(row, v);
            break;
    }
}

void Column::append_from(const Column& other, size_t row) {
    if (other.is_null(row)) {
        append_null();
        return;
    }
    switch (physical_) {
        case PhysicalType::kBool:
            append_bool(other.bools_[row] != 0);
            break;
        case PhysicalType::kInt:
            append_int(other.ints_[row]);
            break;
        case PhysicalType::kLong:
            append_long(other.longs_[row]);
            break;
        case PhysicalType::kDouble:
            append_double(other.doubles_[row]);
            break;
        case PhysicalType::kText:
            append_text_view(other.texts_[row]);
            break;
        case PhysicalType::kValue:
            append_ref(other.values_[row]);
            break;
    }
}

namespace {

template <class T>
void gather(const std::vector<T>& from, const std::vector<uint32_t>& rows, std::vector<T>& to) {
    to.reserve(rows.size());
    for (uint32_t row : rows) to.push_back(from[row]);
}

}  // namespace

Column Column::select(const std::vector<uint32_t>& rows) const {
    Column out(type_);
    gather(valid_, rows, out.valid_);
    switch (physical_) {
        case PhysicalType::kBool:
            gather(bools_, rows, out.bools_);
            break;
        case PhysicalType::kInt:
            gather(ints_, rows, out.ints_);
            break;
        case PhysicalType::kLong:
            gather(longs_, rows, out.longs_);
            break;
        case PhysicalType::kDouble:
            gather(doubles_, rows, out.doubles_);
            break;
        case PhysicalType::kText:
            gather(texts_, rows, out.texts_);
            out.hold_all(*this);
            break;
        case PhysicalType::kValue:
            gather(values_, rows, out.values_);
            break;
    }
    return out;
}

void Column::hold(const ArenaPtr& arena) {
    if (!arena || arena == own_) return;
    // The arena held last is the one most likely to come again.
    if (!held_.empty() && held_.back() == arena) return;
    if (std::find(held_.begin(), held_.end(), arena) == held_.end()) held_.push_back(arena);
}

void Column::hold_all(const Column& other) {
    hold(other.own_);
    for (const ArenaPtr& arena : other.held_) hold(arena);
}

Arena& Column::arena() {
    if (!own_) own_ = std::make_shared<Arena>();
    return *own_;
}

}  // namespace millrace
