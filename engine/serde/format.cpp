#include "engine/serde/format.h"

#include <algorithm>
#include <numeric>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace millrace {
namespace {

/// Persistence{columns=[`X` ARRAY<INTEGER>], features=[]}
std::string schema_text(const SerdeSpec& spec) {
    std::string columns;
    for (const Field& field : spec.fields) {
        if (!columns.empty()) columns += ", ";
        columns += quote_identifier(field.name, true) + " " + field.type->to_string();
        if (spec.is_key) columns += " KEY";
    }
    const Format& format = FormatRegistry::builtin().get(spec.format);
    // Only a format that could do both has a feature to show.
    bool unwrapped = spec.fields.size() == 1 && !spec.wrapped;
    bool shown = unwrapped && format.traits().wraps && format.traits().unwraps;
    return "Persistence{columns=[" + columns + "], features=[" + (shown ? "UNWRAP_SINGLES" : "") +
           "]}";
}

}  // namespace

void FormatRegistry::add(std::unique_ptr<const Format> format) {
    std::string name(format->name());
    formats_[name] = std::move(format);
}

const Format* FormatRegistry::find(std::string_view name) const {
    auto found = formats_.find(upper_ascii(name));
    return found == formats_.end() ? nullptr : found->second.get();
}

const Format& FormatRegistry::get(std::string_view name) const {
    if (const Format* format = find(name)) return *format;
    refuse("Unknown format: " + upper_ascii(name));
}

std::vector<std::string> FormatRegistry::names() const {
    std::vector<std::string> names;
    for (const auto& [name, format] : formats_) names.push_back(name);
    return names;
}

std::unique_ptr<Decoder> make_decoder(const SerdeSpec& spec, const std::vector<size_t>& used) {
    return FormatRegistry::builtin().get(spec.format).decoder(spec, used);
}

std::unique_ptr<Decoder> make_decoder(const SerdeSpec& spec) {
    std::vector<size_t> used(spec.fields.size());
    std::iota(used.begin(), used.end(), size_t{0});
    return make_decoder(spec, used);
}

std::unique_ptr<Encoder> make_encoder(const SerdeSpec& spec) {
    return FormatRegistry::builtin().get(spec.format).encoder(spec);
}

bool has_odd_map_key(const SqlType& type) {
    switch (type.base()) {
        case BaseType::kMap:
            return !type.map_key()->is(BaseType::kString) || has_odd_map_key(*type.map_value());
        case BaseType::kArray:
            return has_odd_map_key(*type.element());
        case BaseType::kStruct:
            return std::any_of(
                type.fields().begin(), type.fields().end(),
                [](const SqlType::Field& field) { return has_odd_map_key(*field.type); });
        default:
            return false;
    }
}

void check_schema(const SerdeSpec& spec) {
    const Format& format = FormatRegistry::builtin().get(spec.format);
    if (spec.is_key) {
        for (const Field& field : spec.fields) {
            if (!contains_map(*field.type)) continue;
            refuse(
                "Map keys, including types that contain maps, are not supported as they may lead "
                "to unexpected behavior due to inconsistent serialization. Key column name: " +
                quote_identifier(field.name, true) + ". Column type: " + field.type->to_string() +
                ". See https://github.com/confluentinc/ksql/issues/6621 for more.");
        }
    }
    try {
        format.check_columns(spec);
    } catch (const StatementError& error) {
        refuse(std::string(spec.is_key ? "Key" : "Value") +
               " format does not support schema.\nformat: " + std::string(format.name()) +
               "\nschema: " + schema_text(spec) + "\nreason: " + error.what());
    }
    if (!format.available()) {
        throw StatementError(ErrorKind::kNotYet, "Format " + std::string(format.name()) +
                                                     " is not supported by this server yet.");
    }
}

bool resolve_wrapped(const Format& format, bool is_key, size_t num_columns,
                     std::optional<bool> wrap_single_value, std::optional<bool> wrap_by_default) {
    const FormatTraits& traits = format.traits();
    if (is_key) return num_columns != 1 || !traits.unwraps;
    if (num_columns != 1) {
        if (wrap_single_value) {
            refuse("'WRAP_SINGLE_VALUE' is only valid for single-field value schemas");
        }
        return true;
    }
    if (wrap_single_value) {
        if (*wrap_single_value ? !traits.wraps : !traits.unwraps) {
            refuse("Format '" + std::string(format.name()) +
                   "' does not support 'WRAP_SINGLE_VALUE' set to '" +
                   (*wrap_single_value ? "true" : "false") + "'.");
        }
        return *wrap_single_value;
    }
    if (traits.wraps != traits.unwraps) return traits.wraps;
    return wrap_by_default.value_or(true);
}

char parse_delimiter(std::string_view text, std::string_view property) {
    std::string prefix = "Configuration " + std::string(property) + " is invalid: ";
    bool blank = std::all_of(text.begin(), text.end(),
                             [](char c) { return static_cast<unsigned char>(c) <= ' '; });
    if (blank) {
        refuse(prefix +
               "Delimiter cannot be empty, if you meant to have a tab or space for delimiter, "
               "please use the special values 'TAB' or 'SPACE'\nExample valid value: ';'");
    }
    if (text.size() == 1) return text[0];
    if (text == "SPACE") return ' ';
    if (text == "TAB") return '\t';
    refuse(prefix + "Invalid delimiter value: '" + std::string(text) +
           "'. Delimiter must be a single character or TAB,SPACE\nExample valid value: ';'");
}

void check_delimiter_allowed(const Format& format) {
    if (!format.traits().has_delimiter) {
        refuse(std::string(format.name()) + " does not support the following configs: [delimiter]");
    }
}

}  // namespace millrace
