// JSON scalars that nobody asked for: what is plainly right is seen at a glance, the rest is read
// and thrown away, so that both always agree.
#include "engine/serde/json_scalar.h"
#include "engine/serde/plain_text.h"

namespace millrace {
namespace {

constexpr size_t kDecimalDigits = 37;  ///< That Decimal has room for, whichever they are.

/// A number or a literal; without quotes more is right than with them: numbers are cut to the width
/// of an integer, and anything is text.
bool plainly_right(std::string_view token, const SqlType& type) {
    switch (type.base()) {
        case BaseType::kBoolean:
            return token == "true" || token == "false";
        case BaseType::kInteger:
        case BaseType::kDate:
        case BaseType::kBigint:
        case BaseType::kTimestamp: {
            const auto plain = plain_number(token);
            // With a fraction it goes through a Decimal.
            return plain && (plain->fraction_digits == 0 ||
                             plain->whole_digits + plain->fraction_digits <= kDecimalDigits);
        }
        case BaseType::kString:
            return plain_number(token).has_value();
        case BaseType::kBytes:
            return false;
        default:
            return is_plainly(token, type);
    }
}

}  // namespace

JsonRead check_json_scalar(std::string_view token, const SqlType& type, std::string& scratch) {
    if (token.empty()) return JsonRead::kMalformed;
    if (token[0] == '"') {
        std::string_view text;
        if (unquote_json(token, scratch, text) && is_plainly(text, type)) return JsonRead::kOk;
    } else if (plainly_right(token, type)) {
        return JsonRead::kOk;
    }
    Value value;
    return read_json_scalar(token, type, scratch, value);
}

}  // namespace millrace
