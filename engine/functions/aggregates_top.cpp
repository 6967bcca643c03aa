// TOPK and TOPKDISTINCT. State: the values kept, greatest first; with further columns, those behind
// each.
#include <algorithm>

#include "engine/base/error.h"
#include "engine/functions/aggregate.h"
#include "engine/functions/families.h"
#include "engine/functions/value_codec.h"

namespace millrace::functions {
namespace {

class Top final : public BytesAggregate {
public:
    Top(SqlTypePtr result, std::vector<SqlTypePtr> types, size_t count, bool distinct)
        : BytesAggregate(std::move(result)),
          types_(std::move(types)),
          count_(count),
          distinct_(distinct) {}

    bool nested_state() const override { return true; }
    void add(std::string& state, std::span<const Column* const> arguments,
             size_t row) const override {
        if (arguments[0]->is_null(row)) return;
        Entry entry;
        for (size_t i = 0; i < types_.size(); ++i) entry.push_back(arguments[i]->get(row));
        std::vector<Entry> entries = read(state);
        if (insert(entries, std::move(entry))) write(entries, state);
    }
    void merge(std::string& into, ByteView other) const override {
        std::vector<Entry> entries = read(into);
        for (Entry& entry : read(other)) insert(entries, std::move(entry));
        write(entries, into);
    }
    void result(ByteView state, Column& output) const override {
        ValueList list;
        for (Entry& entry : read(state))
            list.push_back(types_.size() == 1 ? std::move(entry[0]) : Value(std::move(entry)));
        output.append_ref(Value(std::move(list)));
    }

private:
    using Entry = ValueList;

    std::vector<Entry> read(ByteView state) const {
        std::vector<Entry> out;
        while (!state.empty()) {
            Entry entry{take_present(state, *types_[0])};
            for (size_t i = 1; i < types_.size(); ++i)
                entry.push_back(take_value(state, *types_[i]));
            out.push_back(std::move(entry));
        }
        return out;
    }
    void write(const std::vector<Entry>& entries, std::string& state) const {
        state.clear();
        for (const Entry& entry : entries)
            for (size_t i = 0; i < types_.size(); ++i) put_value(state, entry[i], *types_[i]);
    }
    /// Behind its equals. False: nothing changed.
    bool insert(std::vector<Entry>& entries, Entry entry) const {
        size_t at = 0;
        while (at < entries.size()) {
            int order = compare_values(entries[at][0], entry[0], types_[0]->base());
            if (order == 0 && distinct_) return false;
            if (order < 0) break;
            ++at;
        }
        if (at >= count_) return false;
        entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(at), std::move(entry));
        if (entries.size() > count_) entries.pop_back();
        return true;
    }

    std::vector<SqlTypePtr> types_;
    size_t count_;
    bool distinct_;
};

std::shared_ptr<const AggregateFunction> make(const CallTypes& call, bool distinct) {
    std::vector<SqlTypePtr> types;
    for (size_t i = 0; i + 1 < call.arguments.size(); ++i) types.push_back(call.arguments[i].type);
    const Value& k = call.arguments.back().literal;
    int32_t count = k.is_null() ? 0 : k.as_int();
    SqlTypePtr item = types[0];
    if (types.size() > 1) {
        std::vector<SqlType::Field> fields = {{"sort_col", types[0]}};
        for (size_t i = 1; i < types.size(); ++i)
            fields.push_back({"col" + std::to_string(i - 1), types[i]});
        item = SqlType::struct_(std::move(fields));
    }
    return std::make_shared<Top>(SqlType::array(item), types,
                                 static_cast<size_t>(std::max(count, 0)), distinct);
}

}  // namespace

void add_top_aggregates(FunctionRegistry& registry) {
    AggregateFamily f(registry);
    auto top = [](const CallTypes& call, const EvalEnv*) { return make(call, false); };
    auto distinct = [](const CallTypes& call, const EvalEnv*) { return make(call, true); };
    for (std::string type : {"INT", "BIGINT", "DOUBLE", "STRING"}) {
        f.add("TOPK", "The k greatest values.", "(" + type + " val1, INT k) -> ARRAY<" + type + ">",
              1, top);
        f.add("TOPK", "The k greatest values with further columns of their rows.",
              "(" + type + " val1, ANY... cols, INT k) -> ARRAY<" + type + ">", 1, top);
    }
    for (std::string type :
         {"INT", "BIGINT", "DOUBLE", "STRING", "DECIMAL", "DATE", "TIME", "TIMESTAMP", "BYTES"})
        f.add("TOPKDISTINCT", "The k greatest distinct values.",
              "(" + type + " val1, INT k) -> ARRAY<" + type + ">", 1, distinct);
}

}  // namespace millrace::functions
