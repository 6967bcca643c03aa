#include "server/access/authenticator.h"

#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "server/access/digest.h"

namespace millrace::server {

namespace {
constexpr int64_t kRememberedMs = 60'000;
constexpr size_t kSaltBytes = 32;
/// A user has one entry, so the file bounds them already; this is for a very long one.
constexpr size_t kKnownMax = 10'000;
}  // namespace

std::optional<Credentials> parse_basic(std::string_view header) {
    constexpr std::string_view kScheme = "basic ";
    header = trim(header);
    if (!starts_with_any_case(header, kScheme)) return std::nullopt;
    const auto pair = base64_decode(trim(header.substr(kScheme.size())));
    if (!pair) return std::nullopt;
    const size_t colon = pair->find(':');
    if (colon == std::string::npos) return std::nullopt;
    return Credentials{pair->substr(0, colon), pair->substr(colon + 1)};
}

std::string Authenticator::random_salt() {
    return random_bytes(kSaltBytes);
}

std::string Authenticator::digest(const Credentials& credentials) const {
    // A name has no colon, so pairs are told apart.
    return sha256(salt_ + credentials.user + ':' + credentials.password);
}

CallerPtr Authenticator::look_up(const Credentials& credentials, const std::string& digest) {
    std::lock_guard lock(mutex_);
    auto found = known_.find(credentials.user);
    if (found == known_.end() || found->second.until_ms < steady_ms()) return nullptr;
    if (found->second.of != file_.users()) return nullptr;
    return same_bytes(found->second.digest, digest) ? found->second.caller : nullptr;
}

CallerPtr Authenticator::remembered(const Credentials& credentials) {
    return file_.is_stale() ? nullptr : look_up(credentials, digest(credentials));
}

CallerPtr Authenticator::verify(const Credentials& credentials) {
    file_.refresh();
    const std::string wanted = digest(credentials);
    // Of many requests at once the first makes the hash.
    if (auto caller = look_up(credentials, wanted)) return caller;
    const UsersPtr users = file_.users();
    const User* user = users->find(credentials.user);
    const User* compared = user != nullptr ? user : users->slowest();
    if (compared == nullptr) return nullptr;
    const bool is_right = compared->password.matches(credentials.password);
    if (!is_right || user == nullptr) return nullptr;
    auto caller = std::make_shared<const Caller>(Caller{credentials.user, user->roles});
    std::lock_guard lock(mutex_);
    if (known_.size() >= kKnownMax) known_.clear();
    known_[credentials.user] = {wanted, steady_ms() + kRememberedMs, users, caller};
    return caller;
}

}  // namespace millrace::server
