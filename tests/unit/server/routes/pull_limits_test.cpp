#include "server/routes/pull_limits.h"

#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <string>

#include "engine/base/error.h"

using millrace::Config;
using millrace::ErrorKind;
using millrace::StatementError;
using millrace::server::PullLimits;

namespace {

constexpr int64_t kMinuteMs = 60'000;
constexpr size_t kMegabyte = 1 << 20;

Config config_with(const std::string& name, const std::string& value) {
    return Config(std::map<std::string, std::string>{{"ksql.query.pull.max." + name, value}});
}

/// Why a query is refused; empty: it is not, and has its answer at once.
std::string refusal(PullLimits& limits, int64_t now_ms) {
    try {
        static_cast<void>(limits.admit(now_ms));
        return "";
    } catch (const StatementError& error) {
        CHECK(error.kind() == ErrorKind::kRateLimited);
        return error.what();
    }
}

}  // namespace

TEST_CASE("as many pull queries a second as may come", "[routes][pull]") {
    PullLimits limits(config_with("qps", "3"));
    for (int i = 0; i < 3; ++i) CHECK(refusal(limits, 1000) == "");
    CHECK(refusal(limits, 1000) ==
          "Host is at rate limit for pull queries. Currently set to 3.0 qps.");
    CHECK(refusal(limits, 1400) == "");
    CHECK(refusal(limits, 1400) != "");
    for (int i = 0; i < 3; ++i) CHECK(refusal(limits, 100'000) == "");
    CHECK(refusal(limits, 100'000) != "");
}

TEST_CASE("as many pull queries as may be answered at a time", "[routes][pull]") {
    PullLimits limits(config_with("concurrent.requests", "2"));
    auto first = limits.admit(1);
    auto second = limits.admit(1);
    CHECK(refusal(limits, 1) ==
          "Host is at concurrency limit for pull queries. Currently set to "
          "2 maximum concurrent requests.");
    first.leave();
    CHECK(refusal(limits, 1) == "");
    second = PullLimits::Admission();
    CHECK(refusal(limits, 1) == "");
}

TEST_CASE("as many bytes as pull queries may answer with in an hour", "[routes][pull]") {
    PullLimits limits(config_with("hourly.bandwidth.megabytes", "5"));
    limits.sent(3 * kMegabyte, 10 * kMinuteMs);
    CHECK(refusal(limits, 20 * kMinuteMs) == "");
    limits.sent(3 * kMegabyte, 30 * kMinuteMs);
    CHECK(refusal(limits, 31 * kMinuteMs) == "Host is at bandwidth rate limit for pull queries.");
    CHECK(refusal(limits, 69 * kMinuteMs) != "");
    CHECK(refusal(limits, 70 * kMinuteMs) == "");
    limits.sent(3 * kMegabyte, 71 * kMinuteMs);
    CHECK(refusal(limits, 72 * kMinuteMs) != "");
    CHECK(refusal(limits, 500 * kMinuteMs) == "");
}
