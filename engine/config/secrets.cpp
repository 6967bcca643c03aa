// What may be shown of a property, and what may not.
#include <algorithm>
#include <span>

#include "engine/base/text.h"
#include "engine/config/table.h"

namespace millrace {

namespace {

/// Words within a name without its dots, dashes and underscores, in lower case.
constexpr std::string_view kSecretWords[] = {
    "password",   "passwd", "passphrase", "secret",  "apikey",   "accesskey", "privatekey",
    "credential", "jaas",   "license",    "licence", "userinfo", "passcode",  "accountkey"};

/// Words that must be a whole part of a name: in others they stand for something else.
constexpr std::string_view kSecretParts[] = {"pwd", "pass"};
/// The same, of a name's last part.
constexpr std::string_view kSecretEnds[] = {"auth", "authorization", "pin", "sig", "signature"};

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

bool is_among(std::string_view part, std::span<const std::string_view> words) {
    return std::find(words.begin(), words.end(), part) != words.end();
}

}  // namespace

bool is_secret_name(std::string_view name) {
    std::string letters;
    std::string part;
    for (char c : lower_ascii(name)) {
        if (c != '.' && c != '_' && c != '-') {
            letters += c;
            part += c;
        } else if (is_among(part, kSecretParts)) {
            return true;
        } else {
            part.clear();
        }
    }
    const bool has_parts = part.size() < name.size();
    if (is_among(part, kSecretParts) || is_among(part, kSecretEnds)) return true;
    if (part == "key" && has_parts) return true;
    if (speaks_of_token(letters)) return true;
    return std::any_of(std::begin(kSecretWords), std::end(kSecretWords),
                       [&](auto word) { return letters.find(word) != std::string::npos; });
}

bool is_secret_property(std::string_view given) {
    const std::string name = property_name(given);
    const Property* row = find_property(name);
    if (row != nullptr && row->is_secret) return true;
    if (row != nullptr && (row->is_public || row->type == PropertyType::kBool)) return false;
    return is_secret_name(name);
}

std::string shown_property_value(std::string_view name, const std::string& value) {
    if (is_secret_property(name)) return kHidden;
    // A name and a port are no pair of a name and a secret.
    if (property_name(name) == "bootstrap.servers") return without_url_passwords(value);
    return text_without_secrets(value);
}

bool holds_secret(std::string_view name, const std::string& value) {
    return is_secret_property(name) || shown_property_value(name, value) != value;
}

}  // namespace millrace
