#include "tests/broker/fake_results.h"

#include <map>
#include <optional>
#include <utility>

#include "tests/broker/job_data.h"
#include "tests/broker/kafka_client.h"

namespace job {

namespace {

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kGapMs = 1'800'000;

std::string big_endian(int64_t number) {
    std::string bytes;
    for (int shift = 56; shift >= 0; shift -= 8) {
        bytes += static_cast<char>(static_cast<uint64_t>(number) >> shift & 0xff);
    }
    return bytes;
}

std::string quoted(const std::string& text) {
    return '"' + text + '"';
}

/// Row by row, as an engine would, with every change of a table as a record of its own.
class FakeEngine {
public:
    FakeEngine(const std::string& brokers, std::string flaw)
        : producer_(brokers), flaw_(std::move(flaw)) {}

    void take(const Click& click, uint64_t index) {
        if (click.kind == ClickKind::kMalformed || click.kind == ClickKind::kNullValue) return;
        filter(click, index);
        enrich(click);
        count(click);
        visit(click, index);
    }
    void finish() { producer_.flush(); }

private:
    bool flawed(const char* name) {
        if (flaw_ != name) return false;
        flaw_.clear();  // Once.
        return true;
    }

    void filter(const Click& click, uint64_t index) {
        if (click.page.rfind("/mobile/", 0) != 0) return;
        if (index > 500 && flawed("missing")) return;
        const std::string value = R"({"USER_ID":)" + quoted(click.user_id) + R"(,"PAGE":)" +
                                  quoted(click.page) + R"(,"EVENT_TIME":)" +
                                  std::to_string(click.event_time + (flawed("value") ? 1 : 0)) +
                                  "}";
        const int times = index > 500 && flawed("twice") ? 2 : 1;
        for (int i = 0; i < times; i++) {
            producer_.send("MOBILE_CLICKS", std::nullopt, value,
                           click.event_time + (flawed("timestamp") ? 1 : 0));
        }
    }

    void enrich(const Click& click) {
        std::string tier = "null";
        const uint64_t user = std::stoull(click.user_id.substr(5));
        if (has_row(user)) {
            User row;
            make_user(user, row);
            const size_t at = row.value.find("\"tier\":") + 7;
            tier = row.value.substr(at, row.value.size() - at - 1);
            if (flawed("tier")) tier = "null";
        }
        producer_.send("ENRICHED", click.user_id,
                       R"({"PAGE":)" + quoted(click.page) + R"(,"TIER":)" + tier + "}",
                       click.event_time);
    }

    void count(const Click& click) {
        const int64_t start = click.event_time / kHourMs * kHourMs;
        auto& [views, last] = hours_[{click.page, start}];
        views += flawed("count") ? 2 : 1;
        last = std::max(last, click.event_time);
        producer_.send("HOURLY_PAGE_VIEWS", click.page + big_endian(start),
                       R"({"VIEWS":)" + std::to_string(views) + R"(,"WINDOW_START":)" +
                           std::to_string(start) + "}",
                       last);
    }

    void visit(const Click& click, uint64_t index) {
        auto& own = sessions_[click.user_id];  // start -> (end, n)
        int64_t start = click.event_time;
        int64_t end = click.event_time;
        int64_t n = 1;
        for (auto entry = own.begin(); entry != own.end();) {
            const auto [from, rest] = *entry;
            if (from - kGapMs > click.event_time || rest.first + kGapMs < click.event_time) {
                ++entry;
                continue;
            }
            if (index < 500 || !flawed("no-tombstone")) {
                send_visit(click.user_id, from, rest.first, std::nullopt);
            }
            start = std::min(start, from);
            end = std::max(end, rest.first);
            n += rest.second;
            entry = own.erase(entry);
        }
        own[start] = {end, n};
        send_visit(click.user_id, start - (flawed("window") ? 1 : 0), end,
                   R"({"N":)" + std::to_string(n) + "}");
    }

    void send_visit(const std::string& user, int64_t start, int64_t end,
                    const std::optional<std::string>& value) {
        producer_.send("VISITS", user + big_endian(end) + big_endian(start), value, end);
    }

    Producer producer_;
    std::string flaw_;
    std::map<std::pair<std::string, int64_t>, std::pair<int64_t, int64_t>> hours_;
    std::map<std::string, std::map<int64_t, std::pair<int64_t, int64_t>>> sessions_;
};

}  // namespace

void write_fake_results(const std::string& brokers, uint64_t clicks, const std::string& flaw) {
    FakeEngine engine(brokers, flaw);
    Click click;
    for (uint64_t i = 0; i < clicks; i++) {
        make_click(i, click);
        engine.take(click, i);
    }
    engine.finish();
}

}  // namespace job
