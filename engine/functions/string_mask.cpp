// MASK and its kin: letters and digits replaced by a mask character each, by class.
#include <utf8proc.h>

#include "engine/base/unicode.h"
#include "engine/functions/families.h"
#include "engine/functions/scalar.h"
#include "engine/types/casts.h"

namespace millrace::functions {
namespace {

using MaskText = std::optional<std::string_view>;

/// The four masks; an absent one leaves its class as it is.
struct Masks {
    MaskText upper = "X", lower = "x", digit = "n", other = "-";

    const MaskText& of(char32_t c) const {
        switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
            case UTF8PROC_CATEGORY_LU:
                return upper;
            case UTF8PROC_CATEGORY_LL:
                return lower;
            case UTF8PROC_CATEGORY_ND:
                return digit;
            default:
                return other;
        }
    }
};

Masks masks_of(MaskText upper, MaskText lower, MaskText digit, MaskText other) {
    for (const MaskText& mask : {upper, lower, digit, other})
        if (mask && utf16_length(*mask) != 1)
            throw RowError("Invalid mask character: '" + std::string(*mask) + "'");
    return {upper, lower, digit, other};
}

/// Masks the units [from, to) of the text, counted as UTF-16.
std::string masked(std::string_view text, int64_t from, int64_t to, const Masks& masks) {
    std::string out;
    int64_t unit = 0;
    for (size_t at = 0; at < text.size();) {
        size_t start = at;
        char32_t c = next_code_point(text, at);
        // Java sees two surrogates in a character beyond the basic plane, both of class "other".
        int units = c >= 0x10000 ? 2 : 1;
        const MaskText& mask = units == 2 ? masks.other : masks.of(c);
        if (unit >= from && unit < to && mask) {
            for (int i = 0; i < units; ++i) out += *mask;
        } else {
            out += text.substr(start, at - start);
        }
        unit += units;
    }
    return out;
}

constexpr int64_t kAll = int64_t{1} << 40;

enum class Part { kLeft, kRight, kKeepLeft, kKeepRight };

template <Part P>
std::string masked_part(std::string_view text, int32_t n, const Masks& masks) {
    if (n < 0)
        throw RowError("function requires a non-negative number of characters to mask or skip");
    auto size = static_cast<int64_t>(utf16_length(text));
    switch (P) {
        case Part::kLeft:
            return masked(text, 0, n, masks);
        case Part::kRight:
            return masked(text, size - n, kAll, masks);
        case Part::kKeepLeft:
            return masked(text, n, kAll, masks);
        case Part::kKeepRight:
            return masked(text, 0, size - n, masks);
    }
    return {};
}

std::string mask1(std::string_view text) {
    return masked(text, 0, kAll, {});
}
std::string mask5(std::string_view text, MaskText upper, MaskText lower, MaskText digit,
                  MaskText other) {
    return masked(text, 0, kAll, masks_of(upper, lower, digit, other));
}
template <Part P>
std::string part2(std::string_view text, Required<int32_t> n) {
    return masked_part<P>(text, n.value, {});
}
template <Part P>
std::string part6(std::string_view text, Required<int32_t> n, MaskText upper, MaskText lower,
                  MaskText digit, MaskText other) {
    return masked_part<P>(text, n.value, masks_of(upper, lower, digit, other));
}

template <Part P>
void add_part(Family& f, std::string_view name, std::string_view description) {
    std::vector<std::string> names = {"input", "numChars", "upper", "lower", "digit", "other"};
    f.scalar(name, description, &part2<P>, names);
    f.scalar(name, description, &part6<P>, names);
}

}  // namespace

void add_mask_functions(FunctionRegistry& registry) {
    Family f(registry, "STRING");
    f.scalar("MASK", "Letters and digits replaced by mask characters.", &mask1, {"input"});
    f.scalar("MASK", "The same with mask characters of one's own.", &mask5,
             {"input", "upper", "lower", "digit", "other"});
    add_part<Part::kLeft>(f, "MASK_LEFT", "Masks the first characters.");
    add_part<Part::kRight>(f, "MASK_RIGHT", "Masks the last characters.");
    add_part<Part::kKeepLeft>(f, "MASK_KEEP_LEFT", "Masks all but the first characters.");
    add_part<Part::kKeepRight>(f, "MASK_KEEP_RIGHT", "Masks all but the last characters.");
}

}  // namespace millrace::functions
