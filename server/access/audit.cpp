#include "server/access/audit.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/base/unicode.h"
#include "engine/serde/utf8.h"
#include "server/model/masking.h"

namespace millrace::server {

namespace {

constexpr size_t kShownBytesMax = 300;
constexpr size_t kUserBytesMax = 100;

/// Cut, and in quotes, so that nothing in it looks like another field or line.
std::string quoted(std::string_view text, size_t bytes_max) {
    const std::string whole(text);
    std::string shown = is_valid_utf8(whole) ? whole : repair_utf8(whole);
    if (shown.size() > bytes_max) shown = std::string(whole_characters(shown, bytes_max)) + "…";
    return quoted_json(shown);
}

bool is_simple(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._@+").find(c) != std::string_view::npos;
}

std::string shown_user(const std::string& user) {
    if (user.empty()) return "-";
    const bool is_word =
        user.size() <= kUserBytesMax && std::all_of(user.begin(), user.end(), is_simple);
    return is_word ? user : quoted(user, kUserBytesMax);
}

}  // namespace

std::string audit_line(const net::Request& request, const std::string& user, std::string_view name,
                       std::string_view what, int code) {
    std::string line =
        fmt::format("user={} from={} request={}", shown_user(user), request.remote_address,
                    quoted(request.method + ' ' + request.path, kShownBytesMax));
    if (!what.empty()) line += fmt::format(" {}={}", name, quoted(what, kShownBytesMax));
    return line + " outcome=" + (code == 0 ? "ok" : fmt::to_string(code));
}

void Audit::statement(const net::Request& request, const std::string& user, const std::string& text,
                      int code) const {
    if (!is_on_) return;
    log_info("audit", "{}", audit_line(request, user, "statement", mask_statement(text), code));
}

void Audit::action(const net::Request& request, const std::string& user, std::string_view what,
                   int code) const {
    if (!is_on_) return;
    log_info("audit", "{}", audit_line(request, user, "what", what, code));
}

}  // namespace millrace::server
