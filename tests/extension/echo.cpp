// Functions that give back what they get, and what no library should: for the border between a
// library and the server.
#include <cstring>
#include <stdexcept>

#include "engine/functions/millrace_udf.h"

namespace {

void echo(millrace_call*, const millrace_value* arguments, size_t, millrace_value* result) {
    *result = arguments[0];
}

void count(millrace_call*, const millrace_value*, size_t num_arguments, millrace_value* result) {
    result->kind = MILLRACE_INTEGER;
    result->as.integer = static_cast<int32_t>(num_arguments);
}

void throw_it(millrace_call*, const millrace_value*, size_t, millrace_value*) {
    throw std::runtime_error("thrown through C");
}

/// One wrong result after the other, by number.
void wrong(millrace_call* call, const millrace_value* arguments, size_t, millrace_value* result) {
    result->kind = MILLRACE_STRING;
    switch (arguments[0].as.integer) {
        case 0:
            result->as.text = {"\xC3\x28", 2};
            break;
        case 1:
            result->as.text = {nullptr, 3};
            break;
        case 2:
            result->kind = MILLRACE_BIGINT;
            break;
        case 3:
            result->kind = 99;
            break;
        case 4:
            if (call->allocate(call, SIZE_MAX / 2) == nullptr)
                result->as.text = {"out of room", 11};
            break;
        case 5: {
            char* room = static_cast<char*>(call->allocate(call, 100'000));
            std::memset(room, 'x', 100'000);
            result->as.text = {room, 5};
            break;
        }
        default:
            result->as.text = {"right", 5};
    }
}

void big(millrace_call*, const millrace_value*, size_t, millrace_value* result) {
    result->kind = MILLRACE_DECIMAL;
    result->as.decimal = {12345, 0, 2};
}

void late(millrace_call*, const millrace_value*, size_t, millrace_value* result) {
    result->kind = MILLRACE_TIME;
    result->as.integer = 86'400'000;
}

void twice(millrace_call* call, const millrace_value* arguments, size_t, millrace_value* result) {
    auto* entries = static_cast<millrace_value*>(call->allocate(call, 2 * sizeof(millrace_value)));
    entries[0] = entries[1] = arguments[0];
    result->kind = MILLRACE_MAP;
    result->as.map = {entries, entries, 2};
}

constexpr millrace_overload kEcho[] = {{"(T value) -> T", nullptr, nullptr, echo, 0, nullptr}};
constexpr millrace_overload kAmount[] = {
    {"(DECIMAL amount) -> DECIMAL", nullptr, nullptr, echo, 0, nullptr}};
constexpr millrace_overload kCount[] = {
    {"(VARCHAR first, INT... rest) -> INT", nullptr, nullptr, count, MILLRACE_TAKES_NULL, nullptr}};
constexpr millrace_overload kThrow[] = {{"() -> INT", nullptr, nullptr, throw_it, 0, nullptr}};
constexpr millrace_overload kWrong[] = {
    {"(INT which) -> VARCHAR", nullptr, nullptr, wrong, 0, nullptr}};
constexpr millrace_overload kBig[] = {
    {"(INT x) -> DECIMAL(4, 2)", nullptr, nullptr, big, 0, nullptr},
    {"(BIGINT x) -> DECIMAL(5, 2)", nullptr, nullptr, big, 0, nullptr},
    {"(DOUBLE x) -> DECIMAL(10, 4)", nullptr, nullptr, big, 0, nullptr}};
constexpr millrace_overload kLate[] = {{"() -> TIME", nullptr, nullptr, late, 0, nullptr}};
constexpr millrace_overload kTwice[] = {
    {"(VARCHAR key) -> MAP<VARCHAR, VARCHAR>", nullptr, nullptr, twice, 0, nullptr}};

constexpr millrace_function kFunctions[] = {
    {"ECHO", nullptr, nullptr, nullptr, nullptr, kEcho, 1},
    {"ECHO_AMOUNT", nullptr, nullptr, nullptr, nullptr, kAmount, 1},
    {"count_of", nullptr, nullptr, nullptr, nullptr, kCount, 1},
    {"THROW_IT", nullptr, nullptr, nullptr, nullptr, kThrow, 1},
    {"WRONG", nullptr, nullptr, nullptr, nullptr, kWrong, 1},
    {"BIG", nullptr, nullptr, nullptr, nullptr, kBig, 3},
    {"LATE", nullptr, nullptr, nullptr, nullptr, kLate, 1},
    {"TWICE", nullptr, nullptr, nullptr, nullptr, kTwice, 1},
};
constexpr millrace_library kLibrary = {MILLRACE_UDF_ABI_VERSION, 0, kFunctions,
                                       sizeof(kFunctions) / sizeof(kFunctions[0])};

}  // namespace

extern "C" const millrace_library* millrace_udf_library(void) {
    return &kLibrary;
}
