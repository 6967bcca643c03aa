// Registration of aggregates, and bases that spare them what they share.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/functions/entries.h"

namespace millrace::functions {

/// Fixed-size state that is a plain struct S. It is stored as it stands in memory (little-endian).
template <class Derived, class S>
class StructAggregate : public AggregateFunction {
public:
    explicit StructAggregate(SqlTypePtr result) : result_(std::move(result)) {}

    const SqlTypePtr& result_type() const override { return result_; }
    size_t fixed_bytes() const override { return sizeof(S); }
    bool can_remove() const override { return true; }
    /// One number (and a presence byte) is no STRUCT.
    bool nested_state() const override { return sizeof(S) > 9; }

    void init(char* state) const override {
        S s{};
        std::memcpy(state, &s, sizeof(S));
    }
    void add(char* state, std::span<const Column* const> arguments, size_t row) const override {
        S s = load(state);
        self().step(s, arguments, row, true);
        std::memcpy(state, &s, sizeof(S));
    }
    void remove(char* state, std::span<const Column* const> arguments, size_t row) const override {
        S s = load(state);
        self().step(s, arguments, row, false);
        std::memcpy(state, &s, sizeof(S));
    }
    void merge(char* into, const char* other) const override {
        S s = load(into);
        self().join(s, load(other));
        std::memcpy(into, &s, sizeof(S));
    }
    void result(const char* state, Column& output) const override {
        self().emit(load(state), output);
    }

private:
    static S load(const char* state) {
        S s;
        std::memcpy(&s, state, sizeof(S));
        return s;
    }
    const Derived& self() const { return static_cast<const Derived&>(*this); }

    SqlTypePtr result_;
};

/// State of varying size; no row can be taken back unless the derived class says so.
class BytesAggregate : public AggregateFunction {
public:
    explicit BytesAggregate(SqlTypePtr result) : result_(std::move(result)) {}

    const SqlTypePtr& result_type() const override { return result_; }
    size_t fixed_bytes() const override { return 0; }
    bool can_remove() const override { return false; }
    void init(std::string& state) const override { state.clear(); }

protected:
    SqlTypePtr result_;
};

/// Adds aggregates to a registry.
class AggregateFamily {
public:
    explicit AggregateFamily(FunctionRegistry& registry) : entries_(registry.entries()) {}

    /// `make(call, env)` gives the function; the last `num_init` parameters must be literals.
    AggregateFamily& add(
        std::string_view name, std::string_view description, std::string_view signature,
        size_t num_init,
        std::function<std::shared_ptr<const AggregateFunction>(const CallTypes&, const EvalEnv*)>
            make);

private:
    FunctionRegistry::Entries& entries_;
};

}  // namespace millrace::functions
