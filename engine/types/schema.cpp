#include "engine/types/schema.h"

namespace millrace {
namespace {

const Field* find_field(const std::vector<Field>& fields, std::string_view name) {
    for (const Field& field : fields) {
        if (field.name == name) return &field;
    }
    return nullptr;
}

void append_column(std::string& out, std::string_view name, const SqlType& type) {
    if (!out.empty()) out += ", ";
    out += quote_identifier(name, true);
    out += ' ';
    out += type.to_string();
}

}  // namespace

const Field* Schema::find_key(std::string_view name) const {
    return find_field(key, name);
}
const Field* Schema::find_value(std::string_view name) const {
    return find_field(value, name);
}

std::string Schema::to_string(std::string_view key_word) const {
    std::string out;
    for (const Field& field : key) {
        append_column(out, field.name, *field.type);
        if (!key_word.empty()) {
            out += ' ';
            out += key_word;
        }
    }
    for (const Field& field : value) append_column(out, field.name, *field.type);
    for (const HeaderField& field : headers) {
        append_column(out, field.name, *field.type);
        if (field.header_key) {
            out += " HEADER('" + *field.header_key + "')";
        } else {
            out += " HEADERS";
        }
    }
    return out;
}

std::string_view window_type_name(WindowType type) {
    switch (type) {
        case WindowType::kNone:
            return "";
        case WindowType::kTumbling:
            return "TUMBLING";
        case WindowType::kHopping:
            return "HOPPING";
        case WindowType::kSession:
            return "SESSION";
    }
    return "";
}

bool is_system_column(std::string_view name) {
    return name == pseudo::kRowtime || name == pseudo::kRowpartition ||
           name == pseudo::kRowoffset || name == pseudo::kWindowstart || name == pseudo::kWindowend;
}

}  // namespace millrace
