#include "server/routes/exchange.h"

namespace millrace::server {

void Exchange::reply_json(int status, std::string body) const {
    writer->reply(status, {{"content-type", "application/json"}}, std::move(body));
}

void Exchange::reply_bare(const ErrorReply& error) const {
    writer->reply(error.status, {}, error.body);
}

void Exchange::reply_chunked(const ErrorReply& error) const {
    writer->start(error.status, {});
    writer->end(error.body);
}

std::string_view Exchange::place_wanted(const std::string& script) const {
    return request->header(kErrorPlaceHeader) ? std::string_view(script) : std::string_view();
}

void Exchange::reply_not_found() const {
    writer->reply(404, {}, "Not Found");
}

}  // namespace millrace::server
