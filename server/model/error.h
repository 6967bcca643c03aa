// The one place that knows which mistake is which HTTP answer: status, error_code, body.
// Stateless; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/session/entities.h"

namespace millrace::server {

/// ksqlDB's error codes; code / 100 is the HTTP status.
inline constexpr int kBadRequest = 40000;
inline constexpr int kBadStatement = 40001;
inline constexpr int kQueryElsewhere = 40002;
inline constexpr int kTooManyQueries = 40003;
inline constexpr int kHttp2Only = 40004;
inline constexpr int kUnauthorized = 40100;
inline constexpr int kForbidden = 40300;
inline constexpr int kNotFoundCode = 40400;
inline constexpr int kFormBody = 41500;
inline constexpr int kAssertionFailed = 41700;
inline constexpr int kWrongHost = 42100;
inline constexpr int kNoSchemaRegistry = 42801;
inline constexpr int kTooManyRequests = 42900;
inline constexpr int kServerError = 50000;
inline constexpr int kNoMemory = 50300;
inline constexpr int kSequenceTimeout = 50301;
inline constexpr int kNotReady = 50302;
inline constexpr int kShuttingDown = 50303;

struct ErrorReply {
    int status = 500;
    std::string body;
};

/// `{"@type":"generic_error","error_code":…,"message":…}`; status is code / 100.
ErrorReply generic_error(int code, const std::string& message);
/// The body alone, for rows of a stream that fails on its way.
std::string generic_error_body(int code, const std::string& message);
/// `{"@type":"statement_error",…,"statementText":…,"entities":[…]}`
ErrorReply statement_error(int code, const std::string& message, const std::string& statement,
                           const std::vector<Entity>& done = {});

int error_code(const StatementError& error);
/// What a statement's failure answers. Sensitive literals of the statement are masked. With a
/// `script`, the request's, the answer shows the place of the error in it: `"position"` and
/// `"excerpt"`, which ksqlDB's answers do not have, so only who asks for them gets them.
ErrorReply reply_for(const StatementError& error, const std::vector<Entity>& done = {},
                     std::string_view script = {});
/// The request header that asks for them.
inline constexpr const char* kErrorPlaceHeader = "X-Millrace-Error-Place";

}  // namespace millrace::server
