// One request being answered: what a handler gets. Copyable; the copies share the way back.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/access/authenticator.h"
#include "server/model/error.h"
#include "server/model/media_type.h"
#include "server/net/http.h"

namespace millrace::server {

struct Exchange {
    std::shared_ptr<net::Request> request;
    std::shared_ptr<net::ResponseWriter> writer;
    std::vector<std::string> path_values;  ///< One a `:name` of the route, percent-decoded.
    MediaType accept = MediaType::kJson;
    CallerPtr caller = nullptr;  ///< Null: nobody was asked for a name.
    bool is_open = false;        ///< Nobody is asked for one, nor for a right.

    /// Who asks; empty: not known.
    std::string user() const { return caller ? caller->user : std::string(); }

    /// With `content-type: application/json`.
    void reply_json(int status, std::string body) const;
    void reply_json(ErrorReply error) const { reply_json(error.status, std::move(error.body)); }
    /// Without content-type, as ksqlDB's failure handler answers.
    void reply_bare(const ErrorReply& error) const;
    /// The same, chunked: how query endpoints refuse.
    void reply_chunked(const ErrorReply& error) const;
    /// `script` when the client wants errors to show their place in it, else nothing.
    std::string_view place_wanted(const std::string& script) const;
    /// 404 with the text that every unknown path gets.
    void reply_not_found() const;
};

}  // namespace millrace::server
