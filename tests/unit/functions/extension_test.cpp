#include "engine/functions/extension.h"

#include <catch2/catch.hpp>

#include "engine/functions/type_pattern.h"

using namespace millrace;

namespace {

void nothing(millrace_call*, const millrace_value*, size_t, millrace_value*) {}

/// The refusal of a library with one function of these signatures.
std::string refusal_of(const std::vector<const char*>& signatures, const char* name = "MINE",
                       uint32_t version = MILLRACE_UDF_ABI_VERSION) {
    std::vector<millrace_overload> overloads;
    for (const char* signature : signatures)
        overloads.push_back({signature, nullptr, nullptr, nothing, 0, nullptr});
    millrace_function function{name,    nullptr,          nullptr,         nullptr,
                               nullptr, overloads.data(), overloads.size()};
    millrace_library library{version, 0, &function, 1};
    FunctionRegistry registry = FunctionRegistry::builtin().clone();
    std::string refusal = add_library(&library, "mine.so", registry);
    CHECK((registry.find("MINE") != nullptr) == refusal.empty());
    return refusal;
}

}  // namespace

TEST_CASE("a library comes in whole or is refused with the reason", "[functions][extension]") {
    CHECK(refusal_of({"() -> INT"}).empty());
    CHECK(refusal_of({"(T a, ARRAY<T> b, INT... rest) -> MAP<VARCHAR, T>"}).empty());
    CHECK(refusal_of({"(INT a) -> DECIMAL(4, 2)", "(DECIMAL a) -> DECIMAL"}).empty());
    CHECK(refusal_of({"(STRUCT<A INT, B DECIMAL> s) -> ARRAY<DECIMAL(38, 38)>"}).empty());

    CHECK(refusal_of({}) == "function MINE has no overloads");
    CHECK(refusal_of({nullptr}) == "function MINE: '(' expected at character 1 of ''");
    CHECK(refusal_of({"(INT a) -> INT", "(INT b) -> BIGINT"}) ==
          "function MINE: two overloads take (INT)");
    CHECK(refusal_of({"(DECIMAL(4, 2) a) -> INT"}) ==
          "function MINE: a parameter takes a DECIMAL of any digits: write DECIMAL "
          "((DECIMAL(4, 2) a) -> INT)");
    CHECK(refusal_of({"(INT a) -> DECIMAL"}) ==
          "function MINE: a DECIMAL result needs its digits or a DECIMAL parameter "
          "((INT a) -> DECIMAL)");
    CHECK(refusal_of({"(DECIMAL a) -> ARRAY<DECIMAL>"}) ==
          "function MINE: a DECIMAL inside a result needs its digits "
          "((DECIMAL a) -> ARRAY<DECIMAL>)");
    CHECK(refusal_of({"(INT a) -> T"}) ==
          "function MINE: no parameter tells what T is ((INT a) -> T)");
    CHECK(refusal_of({"(ARRAY<T> a, (T) => T f) -> T"}).find("is no type of a custom function") !=
          std::string::npos);
    CHECK(refusal_of({"(INT a) -> DECIMAL(2, 3)"}).find("digits that a DECIMAL can have") !=
          std::string::npos);
    CHECK(refusal_of({"() -> INT"}, "len") == "function LEN is built in already");
    CHECK(refusal_of({"() -> INT"}, "1ST") == "'1ST' is no name of a function");
    CHECK(refusal_of({"() -> INT"}, nullptr) == "'' is no name of a function");
    CHECK(refusal_of({"() -> INT"}, "MINE", 7) ==
          "made for version 7 of the function interface; this server has version 1");
}

TEST_CASE("a library that describes nothing is refused", "[functions][extension]") {
    FunctionRegistry registry;
    CHECK(add_library(nullptr, "a.so", registry) == "millrace_udf_library() returned nothing");
    millrace_library empty{MILLRACE_UDF_ABI_VERSION, 0, nullptr, 0};
    CHECK(add_library(&empty, "a.so", registry) == "has no functions");
    CHECK(load_libraries("no/such/folder", registry).empty());
}

TEST_CASE("the layout of version 1 stays", "[functions][extension]") {
    CHECK(sizeof(millrace_value) == 32);
    CHECK(offsetof(millrace_value, as) == 8);
    CHECK(sizeof(millrace_call) == 40);
    CHECK(sizeof(millrace_overload) == 48);
    CHECK(sizeof(millrace_function) == 56);
    CHECK(sizeof(millrace_library) == 24);
}

TEST_CASE("a text that is no signature is told where", "[functions][extension]") {
    std::string problem;
    CHECK(Signature::try_parse("(VARCHAR a, INTEGER... b) -> BIGINT", problem));
    CHECK_FALSE(Signature::try_parse("(INT a -> INT", problem));
    CHECK(problem == "',' expected at character 8 of '(INT a -> INT'");
    CHECK_FALSE(Signature::try_parse("(INT a) -> INT x", problem));
    CHECK(problem == "the end expected at character 16 of '(INT a) -> INT x'");
}
