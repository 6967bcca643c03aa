// COLLECT_LIST, COLLECT_SET, HISTOGRAM, ATTR, COUNT_DISTINCT. States are items one after another.
#include <bit>
#include <cmath>
#include <cstdlib>

#include "engine/base/damaged.h"
#include "engine/functions/aggregate.h"
#include "engine/functions/families.h"
#include "engine/functions/value_codec.h"

namespace millrace::functions {
namespace {

/// COLLECT_LIST and COLLECT_SET: a big-endian count of 4 bytes, then the values.
class Collect final : public BytesAggregate {
public:
    Collect(SqlTypePtr type, bool distinct, int64_t limit)
        : BytesAggregate(SqlType::array(type)),
          type_(std::move(type)),
          distinct_(distinct),
          limit_(limit) {}

    bool can_remove() const override { return !distinct_; }
    bool nested_state() const override { return true; }
    void init(std::string& state) const override { state.assign(4, '\0'); }

    void add(std::string& state, std::span<const Column* const> arguments,
             size_t row) const override {
        if (limit_ >= 0 && count_of(state) >= static_cast<uint64_t>(limit_)) return;
        if (distinct_) {
            std::string item;
            put_column_value(item, *arguments[0], row);
            append(state, item);
        } else {
            put_column_value(state, *arguments[0], row);
            set_count(state, count_of(state) + 1);
        }
    }

    /// Takes away the last equal value.
    void remove(std::string& state, std::span<const Column* const> arguments,
                size_t row) const override {
        std::string wanted;
        put_column_value(wanted, *arguments[0], row);
        ByteView in = items_of(state);
        ByteView last;
        while (!in.empty()) {
            ByteView item = skip_value(in, *type_);
            if (item == wanted) last = item;
        }
        if (!last.data()) return;
        state.erase(static_cast<size_t>(last.data() - state.data()), last.size());
        set_count(state, count_of(state) - 1);
    }

    void merge(std::string& into, ByteView other) const override {
        ByteView in = items_of(other);
        while (!in.empty()) {
            if (limit_ >= 0 && count_of(into) >= static_cast<uint64_t>(limit_)) return;
            append(into, skip_value(in, *type_));
        }
    }

    void result(ByteView state, Column& output) const override {
        ValueList list;
        ByteView in = items_of(state);
        list.reserve(std::min<size_t>(count_of(state), in.size()));
        while (!in.empty()) list.push_back(take_value(in, *type_));
        output.append_ref(Value(std::move(list)));
    }

private:
    static uint32_t count_of(ByteView state) {
        need_intact(state.size() >= 4, "a collection's state is cut short");
        return get_be32(state.data());
    }
    static ByteView items_of(ByteView state) {
        count_of(state);
        return state.substr(4);
    }
    static void set_count(std::string& state, uint32_t count) {
        std::string head;
        put_be32(head, count);
        state.replace(0, 4, head);
    }
    void append(std::string& state, ByteView item) const {
        if (distinct_) {
            ByteView in = items_of(state);
            while (!in.empty())
                if (skip_value(in, *type_) == item) return;
        }
        state += item;
        set_count(state, count_of(state) + 1);
    }

    SqlTypePtr type_;
    bool distinct_;
    int64_t limit_;
};

/// Values with counts: HISTOGRAM and ATTR. Items: the value, eight bytes of count.
class Counted : public BytesAggregate {
public:
    Counted(SqlTypePtr result, SqlTypePtr type, size_t keys_max)
        : BytesAggregate(std::move(result)), type_(std::move(type)), keys_max_(keys_max) {}

    bool can_remove() const override { return true; }
    bool nested_state() const override { return true; }
    void add(std::string& state, std::span<const Column* const> arguments,
             size_t row) const override {
        change(state, *arguments[0], row, 1);
    }
    void remove(std::string& state, std::span<const Column* const> arguments,
                size_t row) const override {
        change(state, *arguments[0], row, -1);
    }
    void merge(std::string& into, ByteView other) const override {
        while (!other.empty()) {
            ByteView key = skip_value(other, *type_);
            change(into, key, static_cast<int64_t>(take_number(other)));
        }
    }

protected:
    template <class Visit>
    void each(ByteView state, const Visit& visit) const {
        while (!state.empty()) {
            Value key = take_value(state, *type_);
            visit(key, static_cast<int64_t>(take_number(state)));
        }
    }

private:
    void change(std::string& state, const Column& column, size_t row, int64_t by) const {
        std::string key;
        put_column_value(key, column, row);
        change(state, key, by);
    }
    void change(std::string& state, ByteView key, int64_t by) const {
        ByteView in = state;
        size_t keys = 0;
        while (!in.empty()) {
            ByteView known = skip_value(in, *type_);
            auto at = static_cast<size_t>(in.data() - state.data());
            const uint64_t number = take_number(in);
            if (known == key) {
                const auto count = static_cast<int64_t>(number + static_cast<uint64_t>(by));
                std::string bytes;
                put_be64(bytes, static_cast<uint64_t>(count));
                if (count > 0) {
                    state.replace(at, 8, bytes);
                } else {
                    state.erase(at - known.size(), known.size() + 8);
                }
                return;
            }
            ++keys;
        }
        if (by <= 0 || keys >= keys_max_) return;
        state += key;
        put_be64(state, static_cast<uint64_t>(by));
    }

    SqlTypePtr type_;
    size_t keys_max_;
};

class Histogram final : public Counted {
public:
    static constexpr size_t kKeysMax = 1000;
    Histogram()
        : Counted(SqlType::map(SqlType::string(), SqlType::bigint()), SqlType::string(), kKeysMax) {
    }
    void result(ByteView state, Column& output) const override {
        ValueMap map;
        each(state, [&](Value& key, int64_t count) {
            // A map's keys are texts; Java's null key reads "null".
            map.emplace_back(key.is_null() ? Value("null") : std::move(key), Value(count));
        });
        output.append_ref(Value(std::move(map)));
    }
};

class Attribute final : public Counted {
public:
    explicit Attribute(const SqlTypePtr& type) : Counted(type, type, SIZE_MAX) {}
    void result(ByteView state, Column& output) const override {
        Value only;
        size_t keys = 0;
        each(state, [&](Value& key, int64_t) {
            ++keys;
            only = std::move(key);
        });
        if (keys == 1) {
            output.append(only);
        } else {
            output.append_null();
        }
    }
};

/// COUNT_DISTINCT. State: hashes of eight bytes as long as they are few, exact; then HyperLogLog
/// with 2^14 registers of a byte. The length tells the two apart.
class CountDistinct final : public BytesAggregate {
public:
    CountDistinct() : BytesAggregate(SqlType::bigint()) {}

    bool nested_state() const override { return true; }

    void add(std::string& state, std::span<const Column* const> arguments,
             size_t row) const override {
        if (arguments[0]->is_null(row)) return;
        std::string bytes;
        put_column_value(bytes, *arguments[0], row);
        add_hash(state, hash(bytes));
    }
    void merge(std::string& into, ByteView other) const override {
        if (is_dense(other)) {
            if (!is_dense(into)) make_dense(into);
            for (size_t i = 0; i < kRegisters; ++i)
                if (static_cast<uint8_t>(other[i]) > static_cast<uint8_t>(into[i]))
                    into[i] = other[i];
            return;
        }
        while (!other.empty()) add_hash(into, take_number(other));
    }
    void result(ByteView state, Column& output) const override {
        if (!is_dense(state)) {
            output.append_long(static_cast<int64_t>(state.size() / 8));
            return;
        }
        double sum = 0;
        size_t zeros = 0;
        for (char c : state) {
            auto rank = static_cast<uint8_t>(c);
            sum += std::ldexp(1.0, -static_cast<int>(rank));
            if (rank == 0) ++zeros;
        }
        constexpr double m = kRegisters;
        double estimate = 0.7213 / (1 + 1.079 / m) * m * m / sum;
        if (estimate <= 2.5 * m && zeros > 0)
            estimate = m * std::log(m / static_cast<double>(zeros));
        output.append_long(static_cast<int64_t>(std::llround(estimate)));
    }

private:
    static constexpr size_t kRegisterBits = 14;
    static constexpr size_t kRegisters = size_t{1} << kRegisterBits;
    static constexpr size_t kHashesMax = 256;

    static bool is_dense(ByteView state) { return state.size() == kRegisters; }

    /// FNV-1a, its bits then mixed: HyperLogLog wants all of them good.
    static uint64_t hash(ByteView bytes) {
        uint64_t h = 0xcbf29ce484222325u;
        for (char c : bytes) h = (h ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
        h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9u;
        h = (h ^ (h >> 27)) * 0x94D049BB133111EBu;
        return h ^ (h >> 31);
    }
    static void raise(std::string& state, uint64_t h) {
        size_t index = h >> (64 - kRegisterBits);
        auto rank = static_cast<uint8_t>(1 + std::min<int>(std::countl_zero(h << kRegisterBits),
                                                           64 - static_cast<int>(kRegisterBits)));
        if (static_cast<uint8_t>(state[index]) < rank) state[index] = static_cast<char>(rank);
    }
    static void make_dense(std::string& state) {
        std::string dense(kRegisters, '\0');
        for (ByteView hashes = state; !hashes.empty();) raise(dense, take_number(hashes));
        state = std::move(dense);
    }
    static void add_hash(std::string& state, uint64_t h) {
        if (is_dense(state)) return raise(state, h);
        std::string bytes;
        put_be64(bytes, h);
        for (size_t at = 0; at < state.size(); at += 8)
            if (state.compare(at, 8, bytes) == 0) return;
        state += bytes;
        if (state.size() > kHashesMax * 8) make_dense(state);
    }
};

/// ksql.functions.<name>.limit, or -1.
int64_t limit_of(const EvalEnv* env, const std::string& name) {
    if (!env) return -1;
    const std::string* limit = env->config.find("ksql.functions." + name + ".limit");
    return limit == nullptr ? -1 : std::strtoll(limit->c_str(), nullptr, 10);
}

}  // namespace

void add_collect_aggregates(FunctionRegistry& registry) {
    AggregateFamily f(registry);
    f.add("COLLECT_LIST", "All values, NULLs too.", "(T val1) -> ARRAY<T>", 0,
          [](const CallTypes& call, const EvalEnv* env) {
              return std::make_shared<Collect>(call.arguments[0].type, false,
                                               limit_of(env, "collect_list"));
          });
    f.add("COLLECT_SET", "All distinct values.", "(T val1) -> ARRAY<T>", 0,
          [](const CallTypes& call, const EvalEnv* env) {
              return std::make_shared<Collect>(call.arguments[0].type, true,
                                               limit_of(env, "collect_set"));
          });
    f.add("HISTOGRAM", "How often each value came.", "(STRING val1) -> MAP<STRING, BIGINT>", 0,
          [](const CallTypes&, const EvalEnv*) { return std::make_shared<Histogram>(); });
    f.add("ATTR", "The value when all rows have the same one, else NULL.", "(T val1) -> T", 0,
          [](const CallTypes& call, const EvalEnv*) {
              return std::make_shared<Attribute>(call.arguments[0].type);
          });
    f.add("COUNT_DISTINCT", "About how many distinct values there are.", "(T val1) -> BIGINT", 0,
          [](const CallTypes&, const EvalEnv*) { return std::make_shared<CountDistinct>(); });
}

}  // namespace millrace::functions
