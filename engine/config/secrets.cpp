// What may be shown of a property, and what may not.
#include <algorithm>

#include "engine/base/text.h"
#include "engine/config/table.h"

namespace millrace {

namespace {

constexpr const char* kHidden = "[hidden]";

/// Words within a name without its dots, dashes and underscores, in lower case.
constexpr std::string_view kSecretWords[] = {"password", "passwd",    "passphrase", "secret",
                                             "apikey",   "accesskey", "privatekey", "credential",
                                             "jaas",     "license",   "licence",    "userinfo"};

/// "tokenize" and its kin speak of words in a text.
bool speaks_of_token(std::string_view letters) {
    constexpr std::string_view kToken = "token";
    for (size_t at = letters.find(kToken); at != std::string_view::npos;
         at = letters.find(kToken, at + 1)) {
        const std::string_view rest = letters.substr(at + kToken.size());
        if (!rest.starts_with("iz") && !rest.starts_with("is")) return true;
    }
    return false;
}

/// A guess by spelling, for names that no row speaks of.
bool looks_secret(std::string_view name) {
    std::string letters;
    std::string part;
    for (char c : lower_ascii(name)) {
        if (c != '.' && c != '_' && c != '-') {
            letters += c;
            part += c;
        } else if (part == "pwd" || part == "pass") {
            return true;
        } else {
            part.clear();
        }
    }
    const bool has_parts = part.size() < name.size();
    if (part == "pwd" || part == "pass" || (part == "key" && has_parts)) return true;
    if (speaks_of_token(letters)) return true;
    return std::any_of(std::begin(kSecretWords), std::end(kSecretWords),
                       [&](auto word) { return letters.find(word) != std::string::npos; });
}

}  // namespace

bool is_secret_property(std::string_view given) {
    const std::string name = property_name(given);
    const Property* row = find_property(name);
    if (row != nullptr && row->is_secret) return true;
    if (row != nullptr && (row->is_public || row->type == PropertyType::kBool)) return false;
    return looks_secret(name);
}

std::string without_url_passwords(std::string_view text) {
    constexpr std::string_view kMark = "://";
    std::string out;
    size_t from = 0;
    if (text.find(kMark) == std::string_view::npos) {
        // Perhaps a URL whose scheme was forgotten.
        const size_t colon = text.find(':');
        const size_t at = text.rfind('@');
        if (at == std::string_view::npos || colon >= at) return std::string(text);
        return std::string(text.substr(0, colon + 1)) + kHidden + std::string(text.substr(at));
    }
    for (size_t mark = text.find(kMark); mark != std::string_view::npos;) {
        const size_t begin = mark + kMark.size();
        const size_t next = text.find(kMark, begin);
        // A password may hold a slash or a comma: what lies before the last @ is not the host's.
        const std::string_view whole = text.substr(begin, next - begin);
        const size_t at = whole.rfind('@');
        if (at != std::string_view::npos) {
            const size_t colon = whole.substr(0, at).find(':');
            const size_t shown = colon == std::string_view::npos ? 0 : colon + 1;
            out += text.substr(from, begin + shown - from);
            out += kHidden;
            from = begin + at;
        }
        mark = next;
    }
    return out + std::string(text.substr(from));
}

std::string shown_property_value(std::string_view name, const std::string& value) {
    return is_secret_property(name) ? kHidden : without_url_passwords(value);
}

bool holds_secret(std::string_view name, const std::string& value) {
    return is_secret_property(name) || without_url_passwords(value) != value;
}

}  // namespace millrace
