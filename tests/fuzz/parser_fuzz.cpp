// The parser against any bytes: it refuses with StatementError or accepts, and what it accepts
// prints as text that parses to the same AST. The first byte picks the entry point.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/check.h"
#include "engine/sql/parser.h"

using namespace millrace;
using namespace millrace::sql;

namespace {

void check_statements(std::string_view script, bool test_statements) {
    ParseOptions options;
    options.test_statements = test_statements;
    for (const StatementText& text : split_statements(script)) {
        try {
            const Statement first = parse_statement(text, options);
            const std::string printed = print(first);
            try {
                const Statement second = parse_statement({printed, {1, 1}}, options);
                MR_CHECK(same_statement(first, second),
                         "printed text means something else: " + printed);
            } catch (const StatementError& error) {
                MR_CHECK(false, "printed text is refused: " + printed + ": " + error.what());
            }
        } catch (const StatementError& error) {
            MR_CHECK(error.position().line >= 1 && error.position().column >= 1, "no position");
            source_excerpt(script, error.position());
        }
    }
}

void check_expression(std::string_view text) {
    try {
        const ExpressionPtr first = parse_expression(text);
        const std::string printed = print(first);
        MR_CHECK(same_expression(first, parse_expression(printed)), printed);
    } catch (const StatementError&) {
    }
}

void check_type(std::string_view text) {
    try {
        const SqlTypePtr type = parse_type(text);
        MR_CHECK(same_type(type, parse_type(type->to_string(false))), type->to_string(false));
    } catch (const StatementError&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 4) {
        case 0:
            check_statements(text, false);
            break;
        case 1:
            check_statements(text, true);
            break;
        case 2:
            check_expression(text);
            break;
        default:
            check_type(text);
            break;
    }
    split_test_script(text);
    return 0;
}
