// EARLIEST_BY_OFFSET and LATEST_BY_OFFSET, of one value or of n.
//
// State: items of a row's number, big-endian, and a value, oldest first; empty: none yet. The
// number decides, when session windows merge, which of two values came first.
#include <algorithm>

#include "engine/base/error.h"
#include "engine/functions/aggregate.h"
#include "engine/functions/families.h"
#include "engine/functions/value_codec.h"

namespace millrace::functions {
namespace {

/// `arguments`: the value, then the row's number.
void put_item(std::string& state, std::span<const Column* const> arguments, size_t row) {
    put_be64(state, static_cast<uint64_t>(arguments[1]->long_at(row)));
    put_column_value(state, *arguments[0], row);
}

uint64_t number_of(ByteView item) {
    return take_number(item);
}

struct Item {
    uint64_t number;
    ByteView bytes;  ///< Number and value.
};

std::vector<Item> items_of(ByteView state, const SqlType& type) {
    std::vector<Item> out;
    while (!state.empty()) {
        ByteView from = state;
        uint64_t number = take_number(state);
        skip_value(state, type);
        out.push_back({number, from.substr(0, from.size() - state.size())});
    }
    return out;
}

class OffsetAggregate : public BytesAggregate {
public:
    OffsetAggregate(SqlTypePtr result, SqlTypePtr type, bool latest, bool ignore_nulls)
        : BytesAggregate(std::move(result)),
          type_(std::move(type)),
          latest_(latest),
          ignore_nulls_(ignore_nulls) {}

    bool nested_state() const override { return true; }
    bool ordered() const override { return true; }

protected:
    bool ignored(const Column& column, size_t row) const {
        return ignore_nulls_ && column.is_null(row);
    }

    SqlTypePtr type_;
    bool latest_;
    bool ignore_nulls_;
};

class OneByOffset final : public OffsetAggregate {
public:
    OneByOffset(SqlTypePtr type, bool latest, bool ignore_nulls)
        : OffsetAggregate(type, type, latest, ignore_nulls) {}

    void add(std::string& state, std::span<const Column* const> arguments,
             size_t row) const override {
        if (ignored(*arguments[0], row) || (!latest_ && !state.empty())) return;
        state.clear();
        put_item(state, arguments, row);
    }
    void merge(std::string& into, ByteView other) const override {
        if (other.empty()) return;
        if (into.empty() || (number_of(other) > number_of(into)) == latest_) into = other;
    }
    void result(ByteView state, Column& output) const override {
        if (state.empty()) {
            output.append_null();
            return;
        }
        take_number(state);
        take_last_into(state, output);
    }
};

class ManyByOffset final : public OffsetAggregate {
public:
    ManyByOffset(SqlTypePtr type, bool latest, bool ignore_nulls, size_t count)
        : OffsetAggregate(SqlType::array(type), type, latest, ignore_nulls), count_(count) {}

    void add(std::string& state, std::span<const Column* const> arguments,
             size_t row) const override {
        if (ignored(*arguments[0], row)) return;
        std::vector<Item> items = items_of(state, *type_);
        if (items.size() < count_) {
            put_item(state, arguments, row);
        } else if (latest_) {
            state.erase(0, items[0].bytes.size());
            put_item(state, arguments, row);
        }
    }
    /// As ksqlDB's, both keep the first n.
    void merge(std::string& into, ByteView other) const override {
        std::vector<Item> items = items_of(into, *type_);
        for (const Item& item : items_of(other, *type_)) items.push_back(item);
        std::stable_sort(items.begin(), items.end(),
                         [](const Item& a, const Item& b) { return a.number < b.number; });
        std::string merged;
        for (size_t i = 0; i < std::min(items.size(), count_); ++i) merged += items[i].bytes;
        into = std::move(merged);
    }
    void result(ByteView state, Column& output) const override {
        ValueList list;
        while (!state.empty()) {
            take_number(state);
            list.push_back(take_value(state, *type_));
        }
        output.append_ref(Value(std::move(list)));
    }

private:
    size_t count_;
};

using Made = std::shared_ptr<const AggregateFunction>;

Made make(const CallTypes& call, bool latest) {
    const auto& arguments = call.arguments;
    bool ignore_nulls = true;
    std::optional<int32_t> count;
    for (size_t i = 1; i < arguments.size(); ++i) {
        const Value& literal = arguments[i].literal;
        if (literal.is_null()) continue;
        if (arguments[i].type->is(BaseType::kBoolean)) {
            ignore_nulls = literal.as_bool();
        } else {
            count = literal.as_int();
        }
    }
    if (!count) return std::make_shared<OneByOffset>(arguments[0].type, latest, ignore_nulls);
    if (*count < 1) refuse(std::string(latest ? "latestN" : "earliestN") + " must be 1 or greater");
    return std::make_shared<ManyByOffset>(arguments[0].type, latest, ignore_nulls,
                                          static_cast<size_t>(*count));
}

}  // namespace

void add_offset_aggregates(FunctionRegistry& registry) {
    AggregateFamily f(registry);
    for (bool latest : {false, true}) {
        auto maker = [latest](const CallTypes& call, const EvalEnv*) { return make(call, latest); };
        const char* name = latest ? "LATEST_BY_OFFSET" : "EARLIEST_BY_OFFSET";
        std::string which = latest ? "latest" : "earliest";
        f.add(name, "The " + which + " value.", "(T val1) -> T", 0, maker);
        f.add(name, "The " + which + " value, NULLs counted or not.",
              "(T val1, BOOLEAN ignoreNulls) -> T", 1, maker);
        f.add(name, "The " + which + " n values.", "(T val1, INT n) -> ARRAY<T>", 1, maker);
        f.add(name, "The " + which + " n values, NULLs counted or not.",
              "(T val1, INT n, BOOLEAN ignoreNulls) -> ARRAY<T>", 2, maker);
    }
}

}  // namespace millrace::functions
