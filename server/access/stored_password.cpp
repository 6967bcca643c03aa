#include "server/access/stored_password.h"

#include <crypt.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include "engine/base/text.h"
#include "server/access/digest.h"

namespace millrace::server {

namespace {

constexpr std::string_view kApr1Magic = "$apr1$";
/// Longer ones crypt(3) does not take either.
constexpr size_t kTypedBytesMax = CRYPT_MAX_PASSPHRASE_SIZE;
/// 2^15 rounds take some seconds; each more doubles that, and it is paid for every wrong password.
constexpr int kBcryptCostMax = 15;
constexpr int kRoundsMax = 1'000'000;

Status unknown_kind(std::string_view what) {
    return {Fault::kFatal,
            "this kind of password is not known (" + std::string(what) +
                "); known are htpasswd's bcrypt ($2y$), $apr1$ and {SHA}, crypt(3)'s $1$, $5$, $6$ "
                "and $y$, and Jetty's MD5:, CRYPT:, OBF: and plain ones"};
}

int number_after(std::string_view text, std::string_view mark) {
    const size_t at = text.find(mark);
    if (at == std::string_view::npos) return 0;
    int number = 0;
    text.remove_prefix(at + mark.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc::result_out_of_range ? kRoundsMax + 1 : number;
}

/// How long the last part of a hash of this kind is; 0: not known here, crypt(3) may know it.
size_t hash_size(std::string_view text) {
    constexpr std::pair<std::string_view, size_t> kSizes[] = {
        {"$apr1$", 22}, {"$1$", 22}, {"$2a$", 53}, {"$2b$", 53}, {"$2y$", 53},
        {"$5$", 43},    {"$6$", 86}, {"$y$", 43},  {"$gy$", 43}};
    for (const auto& [magic, size] : kSizes)
        if (text.starts_with(magic)) return size;
    return 0;
}

bool is_bcrypt(std::string_view text) {
    return text.starts_with("$2a$") || text.starts_with("$2b$") || text.starts_with("$2y$");
}

/// Four digits to the base 36 hold a pair of bytes, the password forwards and backwards; a U marks
/// one in which the first byte stands by itself.
std::optional<std::string> undo_jetty_obfuscation(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
        const bool is_single = text.front() == 'U';
        if (is_single) text.remove_prefix(1);
        int pair = 0;
        if (text.size() < 4) return std::nullopt;
        const char* stop = text.data() + 4;
        const auto [end, error] = std::from_chars(text.data(), stop, pair, 36);
        if (error != std::errc() || end != stop || pair < 0) return std::nullopt;
        text.remove_prefix(4);
        const int byte = is_single ? pair / 256 : (pair / 256 + pair % 256 - 254) / 2;
        plain += static_cast<char>(static_cast<unsigned char>(byte));
    }
    return plain;
}

/// Bit by bit the same, in a time that does not tell how much of it is.
bool equal_secrets(const std::string& a, const std::string& b) {
    return same_bytes(sha256(a), sha256(b));
}

}  // namespace

Result<StoredPassword> StoredPassword::parse_crypt(std::string_view text) {
    const std::string stored(text);
    const bool is_apr1 = text.starts_with(kApr1Magic);
    const bool is_des = !text.starts_with('$') && text.size() == 13;
    const size_t size = hash_size(text);
    if (!is_des && size == 0) return unknown_kind(text.substr(0, text.find('$', 1)));
    if (size != 0 && text.size() - text.rfind('$') - 1 != size)
        return Status(Fault::kFatal, "the hash is not whole");
    if (is_bcrypt(text) && number_after(text, text.substr(0, 4)) > kBcryptCostMax) {
        return Status(Fault::kFatal,
                      "a bcrypt cost above " + std::to_string(kBcryptCostMax) +
                          " keeps the server busy for seconds with each wrong password");
    }
    if (number_after(text, "rounds=") > kRoundsMax) {
        return Status(Fault::kFatal, "more than " + std::to_string(kRoundsMax) +
                                         " rounds keep the server busy for seconds with each "
                                         "wrong password");
    }
    if (is_apr1) return StoredPassword(Kind::kApr1, stored);
    const int verdict = ::crypt_checksalt(stored.c_str());
    if (verdict == CRYPT_SALT_INVALID || verdict == CRYPT_SALT_METHOD_DISABLED)
        return Status(Fault::kFatal, "this machine's crypt(3) does not take such a hash");
    return StoredPassword(Kind::kCrypt, stored);
}

Result<StoredPassword> StoredPassword::parse(std::string_view text) {
    constexpr std::string_view kSha = "{SHA}";
    constexpr std::string_view kMd5 = "MD5:";
    constexpr std::string_view kCrypt = "CRYPT:";
    constexpr std::string_view kObfuscated = "OBF:";
    if (text.empty()) return Status(Fault::kFatal, "there is no password");
    if (text.starts_with(kCrypt)) return parse_crypt(text.substr(kCrypt.size()));
    if (text.starts_with('$')) return parse_crypt(text);
    if (text.starts_with(kSha)) {
        const std::string hash(text.substr(kSha.size()));
        if (hash.size() != 28) return Status(Fault::kFatal, "the hash is not whole");
        return StoredPassword(Kind::kSha1, hash);
    }
    if (text.starts_with('{')) return unknown_kind(text.substr(0, text.find('}') + 1));
    if (text.starts_with(kMd5)) {
        const std::string hash = lower_ascii(text.substr(kMd5.size()));
        if (hash.size() != 32) return Status(Fault::kFatal, "the hash is not whole");
        return StoredPassword(Kind::kMd5, hash);
    }
    if (text.starts_with(kObfuscated)) {
        auto plain = undo_jetty_obfuscation(text.substr(kObfuscated.size()));
        if (!plain || plain->empty())
            return Status(Fault::kFatal, "what follows OBF: is not Jetty's");
        return StoredPassword(Kind::kPlain, std::move(*plain));
    }
    return StoredPassword(Kind::kPlain, std::string(text));
}

bool StoredPassword::matches(const std::string& typed) const {
    if (typed.size() > kTypedBytesMax || typed.find('\0') != std::string::npos) return false;
    switch (kind_) {
        case Kind::kPlain:
            return equal_secrets(typed, stored_);
        case Kind::kMd5:
            return equal_secrets(md5_hex(typed), stored_);
        case Kind::kSha1:
            return equal_secrets(sha1_base64(typed), stored_);
        case Kind::kApr1:
            return equal_secrets(apr1_crypt(typed, stored_), stored_);
        case Kind::kCrypt: {
            const auto data = std::make_unique<crypt_data>();
            const char* hash = ::crypt_r(typed.c_str(), stored_.c_str(), data.get());
            return hash != nullptr && equal_secrets(hash, stored_);
        }
    }
    return false;
}

int StoredPassword::slowness() const {
    switch (kind_) {
        case Kind::kPlain:
            return 0;
        case Kind::kMd5:
        case Kind::kSha1:
            return 1;
        case Kind::kApr1:
            return 2;
        case Kind::kCrypt:
            return is_bcrypt(stored_) ? 100 + number_after(stored_, stored_.substr(0, 4))
                                      : (stored_.starts_with("$y$") ? 110 : 3);
    }
    return 0;
}

std::string apr1_crypt(std::string_view password, std::string_view setting) {
    setting.remove_prefix(std::min(kApr1Magic.size(), setting.size()));
    const std::string salt(setting.substr(0, std::min<size_t>(setting.find('$'), 8)));
    const std::string word(password);
    const std::string inner = md5(word + salt + word);
    std::string text = word + std::string(kApr1Magic) + salt;
    for (size_t left = word.size(); left > 0; left -= std::min<size_t>(left, inner.size()))
        text.append(inner, 0, std::min(left, inner.size()));
    for (size_t bits = word.size(); bits > 0; bits >>= 1)
        text += (bits & 1) != 0 ? '\0' : word.front();
    std::string hash = md5(text);
    for (int round = 0; round < 1000; ++round) {
        const bool is_odd = round % 2 != 0;
        text = is_odd ? word : hash;
        if (round % 3 != 0) text += salt;
        if (round % 7 != 0) text += word;
        text += is_odd ? hash : word;
        hash = md5(text);
    }
    constexpr std::string_view kDigits =
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::string out = std::string(kApr1Magic) + salt + '$';
    auto append = [&](unsigned bits, int digits) {
        for (; digits > 0; --digits, bits >>= 6) out += kDigits[bits & 63];
    };
    auto byte = [&](size_t at) { return static_cast<unsigned>(static_cast<uint8_t>(hash[at])); };
    constexpr size_t kGroups[][3] = {{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}};
    for (const auto& [a, b, c] : kGroups) append(byte(a) << 16 | byte(b) << 8 | byte(c), 4);
    append(byte(11), 2);
    return out;
}

}  // namespace millrace::server
