#include "engine/exec/serde_spec.h"

namespace millrace::exec {

namespace {

SerdeSpec make_spec(const FormatInfo& format, const std::vector<Field>& fields, bool is_key,
                    const std::string& topic) {
    SerdeSpec spec;
    spec.format = format.name;
    spec.fields = fields;
    spec.is_key = is_key;
    spec.topic = topic;
    spec.properties = format.properties;
    const Format& codec = FormatRegistry::builtin().get(format.name);
    const auto wrap = is_key || fields.size() != 1 ? std::nullopt : format.wrap_single;
    spec.wrapped = resolve_wrapped(codec, is_key, fields.size(), wrap);
    const auto delimiter = format.properties.find("delimiter");
    if (delimiter != format.properties.end() && !delimiter->second.empty()) {
        const std::string& text = delimiter->second;
        spec.delimiter = text.size() == 1
                             ? text.front()
                             : parse_delimiter(text, is_key ? "KEY_DELIMITER" : "VALUE_DELIMITER");
    }
    return spec;
}

}  // namespace

SerdeSpec key_spec(const FormatInfo& format, const std::vector<Field>& key,
                   const std::string& topic) {
    return make_spec(format, key, true, topic);
}

SerdeSpec value_spec(const FormatInfo& format, const std::vector<Field>& value,
                     const std::string& topic) {
    return make_spec(format, value, false, topic);
}

}  // namespace millrace::exec
