// The audit log: a line for each statement, each write and each refusal at the door, with who, from
// where, what and how it ended. Secrets and data in statements are masked. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "server/net/http.h"

namespace millrace::server {

class Audit {
public:
    explicit Audit(bool is_on) : is_on_(is_on) {}
    bool is_on() const { return is_on_; }

    /// `what`: a statement as it was sent, or another detail, which is shown as it is; empty: the
    /// request says it all. `code`: ksqlDB's code of the error, 0 when it went well.
    void statement(const net::Request& request, const std::string& user, const std::string& text,
                   int code) const;
    void action(const net::Request& request, const std::string& user, std::string_view what,
                int code) const;

private:
    const bool is_on_;
};

/// One line, without its time.
std::string audit_line(const net::Request& request, const std::string& user, std::string_view name,
                       std::string_view what, int code);

}  // namespace millrace::server
