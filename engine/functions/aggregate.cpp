#include "engine/functions/aggregate.h"

#include "engine/base/check.h"

namespace millrace {

namespace {
[[noreturn]] void not_this_form() {
    check_failed(__FILE__, __LINE__, "state form", "wrong kind of state");
}
}  // namespace

void AggregateFunction::init(char*) const {
    not_this_form();
}
void AggregateFunction::add(char*, std::span<const Column* const>, size_t) const {
    not_this_form();
}
void AggregateFunction::remove(char*, std::span<const Column* const>, size_t) const {
    not_this_form();
}
void AggregateFunction::merge(char*, const char*) const {
    not_this_form();
}
void AggregateFunction::result(const char*, Column&) const {
    not_this_form();
}
void AggregateFunction::init(std::string&) const {
    not_this_form();
}
void AggregateFunction::add(std::string&, std::span<const Column* const>, size_t) const {
    not_this_form();
}
void AggregateFunction::remove(std::string&, std::span<const Column* const>, size_t) const {
    not_this_form();
}
void AggregateFunction::merge(std::string&, ByteView) const {
    not_this_form();
}
void AggregateFunction::result(ByteView, Column&) const {
    not_this_form();
}

namespace functions {

AggregateFamily& AggregateFamily::add(
    std::string_view name, std::string_view description, std::string_view signature,
    size_t num_init,
    std::function<std::shared_ptr<const AggregateFunction>(const CallTypes&, const EvalEnv*)>
        make) {
    FunctionEntry& entry = entries_.add(FunctionKind::kAggregate, name, "AGGREGATE", description);
    AggregateOverload overload;
    overload.signature = Signature::parse(signature);
    overload.description = std::string(description);
    overload.num_init = num_init;
    overload.make = std::move(make);
    entry.describe(overload.signature, description);
    entry.aggregates.push_back(std::move(overload));
    return *this;
}

}  // namespace functions
}  // namespace millrace
