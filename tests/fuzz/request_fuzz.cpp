// What the routes read of a request: bodies of every endpoint, the Accept header, escapes, URLs;
// and what they say of it: errors as JSON, statements without their secrets. The first byte picks.
#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/base/check.h"
#include "engine/sql/parser.h"
#include "server/model/error.h"
#include "server/model/masking.h"
#include "server/model/media_type.h"
#include "server/model/request.h"
#include "server/net/url.h"

using namespace millrace;
using namespace millrace::server;

namespace {

void read_body(const std::string& body, int kind) {
    switch (kind) {
        case 0:
            parse_statement_request(body, RequestStyle::kKsql);
            break;
        case 1:
            parse_statement_request(body, RequestStyle::kQueryStream);
            break;
        case 2:
            parse_close_query(body);
            break;
        case 3:
            parse_terminate(body);
            break;
        case 4:
            check_heartbeat(body);
            break;
        default: {
            const ProduceLine line = parse_produce_line(body);
            MR_CHECK(!line.topic.empty(), "a record is for a topic");
        }
    }
}

/// An error about any text is JSON of valid UTF-8.
void check_error(const std::string& text) {
    MR_CHECK(nlohmann::json::accept(generic_error_body(kBadRequest, text)), text);
    try {
        for (const sql::StatementText& statement : sql::split_statements(text))
            sql::parse_statement(statement, {});
    } catch (const StatementError& error) {
        MR_CHECK(nlohmann::json::accept(reply_for(error, {}, text).body), text);
    }
}

void check_url(const std::string& text) {
    MR_CHECK(net::percent_decode(net::percent_encode(text)) == text, text);
    net::percent_decode(text, true);
    if (auto url = net::parse_url(text)) MR_CHECK(net::parse_url(url->origin()), text);
    static constexpr std::array kOffers = {MediaType::kJson, MediaType::kDelimited};
    choose_media_type(text, kOffers);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const int kind = data[0] % 10;
    try {
        if (kind == 6) {
            check_error(text);
        } else if (kind == 7) {
            mask_statement(text);
        } else if (kind == 8) {
            check_url(text);
        } else {
            read_body(text, kind);
        }
    } catch (const BadBody& bad) {
        MR_CHECK(!bad.message.empty(), "says why");
    }
    return 0;
}
