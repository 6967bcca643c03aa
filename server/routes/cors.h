// CORS, as ksqlDB does it: which web pages of other origins may ask, and what a browser wants to
// hear before it lets them. Immutable; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/config.h"
#include "server/net/http.h"

namespace millrace::server {

class Cors {
public:
    /// Of access.control.allow.origin, .methods and .headers.
    explicit Cors(const Config& config);

    /// May pages of that origin ask? Patterns by comma; `*` stands for any text.
    bool allows(std::string_view origin) const;
    /// Does a browser ask whether a page may ask?
    static bool is_preflight(const net::Request& request);
    void answer_preflight(std::string_view origin, net::ResponseWriter& writer) const;
    /// The same way back, on which every answer tells the browser that the page may read it.
    static std::shared_ptr<net::ResponseWriter> readable_by(
        std::string_view origin, std::shared_ptr<net::ResponseWriter> writer);

private:
    std::vector<std::string> origins_;
    std::string methods_;  ///< By comma.
    std::string headers_;
};

}  // namespace millrace::server
