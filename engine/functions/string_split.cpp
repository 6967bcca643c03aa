// SPLIT and SPLIT_TO_MAP.
#include <string_view>
#include <unordered_map>

#include "engine/base/row_meter.h"
#include "engine/base/unicode.h"
#include "engine/functions/families.h"
#include "engine/functions/scalar.h"

namespace millrace::functions {
namespace {

std::vector<std::string_view> pieces(std::string_view text, std::string_view delimiter) {
    std::vector<std::string_view> out;
    size_t from = 0;
    for (size_t hit; (hit = text.find(delimiter, from)) != std::string_view::npos;
         from = hit + delimiter.size())
        out.push_back(text.substr(from, hit - from));
    out.push_back(text.substr(from));
    return out;
}

Value list_of(const std::vector<std::string_view>& parts) {
    ValueList out;
    RowMeter::here().grow(parts.size() * sizeof(Value));
    out.reserve(parts.size());
    for (std::string_view part : parts) out.emplace_back(part);
    return Value(std::move(out));
}

Value split_text(Value text_value, Value delimiter_value) {
    std::string_view text = text_value.as_string();
    std::string_view delimiter = delimiter_value.as_string();
    if (!delimiter.empty() || text.empty()) {
        if (text.empty()) return list_of({text});
        return list_of(pieces(text, delimiter));
    }
    std::vector<std::string_view> out;
    for (size_t at = 0; at < text.size();) {
        size_t from = at;
        next_code_point(text, at);
        out.push_back(text.substr(from, at - from));
    }
    return list_of(out);
}

Value split_bytes(Value bytes_value, Value delimiter_value) {
    std::string_view bytes = bytes_value.as_string();
    std::string_view delimiter = delimiter_value.as_string();
    if (bytes.empty()) return list_of({bytes});
    if (!delimiter.empty()) return list_of(pieces(bytes, delimiter));
    std::vector<std::string_view> out;
    for (size_t at = 0; at < bytes.size(); ++at) out.push_back(bytes.substr(at, 1));
    return list_of(out);
}

Value split_to_map(Value text, Value entry_delimiter, Value pair_delimiter) {
    std::string_view between = entry_delimiter.as_string();
    std::string_view inside = pair_delimiter.as_string();
    if (between.empty() || inside.empty() || between == inside) return {};
    ValueMap out;
    std::unordered_map<std::string_view, size_t> places;  // Of keys in it.
    for (std::string_view entry : pieces(text.as_string(), between)) {
        std::vector<std::string_view> parts = pieces(entry, inside);
        if (parts.size() < 2) continue;
        const auto [place, is_new] = places.emplace(parts[0], out.size());
        if (is_new) {
            out.emplace_back(Value(parts[0]), Value(parts[1]));
        } else {
            out[place->second].second = Value(parts[1]);
        }
    }
    return Value(std::move(out));
}

}  // namespace

void add_split_functions(FunctionRegistry& registry) {
    Family f(registry, "STRING");
    f.generic("SPLIT", "The parts of a text between delimiters.",
              "(STRING string, STRING delimiter) -> ARRAY<STRING>", &split_text);
    f.generic("SPLIT", "The parts of bytes between delimiters.",
              "(BYTES bytes, BYTES delimiter) -> ARRAY<BYTES>", &split_bytes);
    f.generic("SPLIT_TO_MAP", "A map from text such as a=1;b=2.",
              "(STRING input, STRING entryDelimiter, STRING kvDelimiter) -> MAP<STRING, STRING>",
              &split_to_map);
}

}  // namespace millrace::functions
