#include "cli/login_token.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "engine/base/file_stamp.h"
#include "engine/base/read_file.h"
#include "engine/base/text.h"

namespace millrace::cli {

namespace {

/// As RFC 6750, section 2.1, has them: nothing in it ends a header.
bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._~+/=").find(c) != std::string_view::npos;
    });
}

Result<std::string> read_token(const std::string& path) {
    const auto text = read_file(path);
    if (!text)
        return Status(Fault::kFatal,
                      "Cannot read the token in " + path + ": " + std::strerror(errno));
    std::string token(trim(*text));
    if (!is_token(token)) return Status(Fault::kFatal, path + " has no token in it");
    return token;
}

net::Headers bearer_headers(const std::string& token) {
    return {{"Authorization", "Bearer " + token}};
}

/// The file's token as it is now; the one of before while a new one cannot be read.
class TokenFile {
public:
    TokenFile(std::string path, std::string stamp, std::string token)
        : path_(std::move(path)), stamp_(std::move(stamp)), token_(std::move(token)) {}

    const std::string& token() {
        std::string stamp = file_stamp(path_);
        if (stamp == stamp_) return token_;
        if (auto token = read_token(path_)) {
            stamp_ = std::move(stamp);
            token_ = std::move(*token);
        }
        return token_;
    }

private:
    const std::string path_;
    std::string stamp_;
    std::string token_;
};

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

}  // namespace

LoginToken token_of_environment() {
    std::string text = variable("MILLRACE_TOKEN");
    return {text, text.empty() ? variable("MILLRACE_TOKEN_FILE") : ""};
}

Status use_token(const LoginToken& token, net::ClientOptions& options) {
    if (token.empty()) return Status::ok();
    if (!token.text.empty() && !token.file.empty())
        return {Fault::kFatal, "Give either a token or a file of one."};
    if (!token.text.empty()) {
        if (!is_token(trim(token.text))) return {Fault::kFatal, "What is given as token is none."};
        options.fresh_headers = [headers = bearer_headers(std::string(trim(token.text)))] {
            return headers;
        };
        return Status::ok();
    }
    std::string stamp = file_stamp(token.file);
    auto read = read_token(token.file);
    if (!read) return read.status();
    auto file = std::make_shared<TokenFile>(token.file, std::move(stamp), std::move(*read));
    options.fresh_headers = [file] { return bearer_headers(file->token()); };
    return Status::ok();
}

}  // namespace millrace::cli
