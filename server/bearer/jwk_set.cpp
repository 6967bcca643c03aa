#include "server/bearer/jwk_set.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/base/unicode.h"
#include "server/bearer/strict_json.h"

namespace millrace::bearer {

namespace {

/// A token without a key's id is tried with all that fit.
constexpr size_t kKeysMax = 100;
constexpr size_t kShownBytesMax = 100;

/// Which one it is, for an operator: its place, and its id where it has one.
std::string key_name(const nlohmann::json& key, size_t place) {
    std::string name = "key " + std::to_string(place);
    if (!key.is_object() || !key.contains("kid") || !key["kid"].is_string()) return name;
    const auto id = key["kid"].get<std::string>();
    return name + " (kid " + quoted_json(whole_characters(id, kShownBytesMax)) + ')';
}

}  // namespace

Result<JwkSet> JwkSet::parse(std::string_view text) {
    if (text.size() > kJwksBytesMax) {
        return Status(Fault::kRefused,
                      "it is larger than " + std::to_string(kJwksBytesMax) + " bytes");
    }
    const auto parsed = parse_strict_object(text);
    if (!parsed) return parsed.status();
    const auto keys = parsed->find("keys");
    if (keys == parsed->end() || !keys->is_array()) {
        return Status(Fault::kRefused, "it is no JSON Web Key Set: it has no list \"keys\"");
    }
    if (keys->size() > kKeysMax) {
        return Status(Fault::kRefused, "it has more than " + std::to_string(kKeysMax) + " keys");
    }
    JwkSet set;
    size_t place = 0;
    std::string reasons;
    for (const auto& one : *keys) {
        auto key = Jwk::parse(one);
        const std::string name = key_name(one, ++place);
        if (key) {
            set.keys_.push_back(std::move(*key));
            continue;
        }
        reasons += "; " + name + ": " + key.status().message();
        if (key.status().fault() == Fault::kRefused)
            set.left_out_.push_back(name + ": " + key.status().message());
    }
    if (set.keys_.empty())
        return Status(Fault::kRefused, "it has no key that can be used" + reasons);
    return set;
}

std::vector<const Jwk*> JwkSet::find(std::string_view id, const JwsAlgorithm& algorithm) const {
    std::vector<const Jwk*> found;
    for (const Jwk& key : keys_) {
        if ((id.empty() || key.id() == id) && key.takes(algorithm)) found.push_back(&key);
    }
    return found;
}

bool JwkSet::has(std::string_view id) const {
    return std::any_of(keys_.begin(), keys_.end(), [&](const Jwk& key) { return key.id() == id; });
}

}  // namespace millrace::bearer
