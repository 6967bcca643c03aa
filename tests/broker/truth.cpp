#include "tests/broker/truth.h"

#include <simdjson.h>

#include <algorithm>

namespace job {

namespace {

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kSessionGapMs = 1'800'000;

/// One session of a user, both ends inclusive.
struct Session {
    int64_t start;
    int64_t end;
    int64_t clicks;
};

std::vector<Session> sessions_of(std::vector<int64_t>& times) {
    std::sort(times.begin(), times.end());
    std::vector<Session> sessions;
    for (const int64_t time : times) {
        if (sessions.empty() || time - sessions.back().end > kSessionGapMs) {
            sessions.push_back({time, time, 1});
        } else {
            sessions.back().end = time;
            sessions.back().clicks++;
        }
    }
    return sessions;
}

std::string text(int64_t number) {
    return std::to_string(number);
}

}  // namespace

void TruthBuilder::add_user(std::optional<std::string_view> key,
                            std::optional<std::string_view> value) {
    if (!key) return;
    if (!value) {
        tiers_.erase(std::string(*key));
        return;
    }
    static simdjson::dom::parser parser;
    simdjson::dom::element row;
    std::string_view tier;
    if (parser.parse(simdjson::padded_string(*value)).get(row) || row["tier"].get(tier)) return;
    tiers_[std::string(*key)] = tier;
}

void TruthBuilder::add_click(std::optional<std::string_view> value) {
    clicks_read_++;
    if (!value) return;
    static simdjson::dom::parser parser;
    simdjson::dom::element row;
    std::string_view user_id;
    std::string_view page;
    int64_t event_time = 0;
    if (parser.parse(value->data(), value->size()).get(row)) return;
    if (row["user_id"].get(user_id) || row["page"].get(page) || row["event_time"].get(event_time))
        return;
    clicks_.push_back({std::string(user_id), std::string(page), event_time});
}

Truth TruthBuilder::finish() {
    Truth truth;
    truth.clicks_read = clicks_read_;
    truth.clicks_good = clicks_.size();
    truth.users = tiers_.size();
    struct Count {
        int64_t views = 0;
        int64_t last = 0;
    };
    std::map<std::pair<std::string, int64_t>, Count> hours;
    std::unordered_map<std::string, std::vector<int64_t>> times;
    for (const Click& click : clicks_) {
        if (click.page.rfind("/mobile/", 0) == 0) {
            truth.mobile_clicks[mobile_click_row(click.user_id, click.page, click.event_time,
                                                 click.event_time)]++;
        }
        const auto user = tiers_.find(click.user_id);
        truth.enriched[enriched_row(
            click.user_id, click.page,
            user == tiers_.end() ? std::nullopt : std::optional<std::string_view>(user->second),
            click.event_time)]++;
        Count& count = hours[{click.page, click.event_time / kHourMs * kHourMs}];
        count.views++;
        count.last = std::max(count.last, click.event_time);
        times[click.user_id].push_back(click.event_time);
    }
    for (const auto& [key, count] : hours) {
        truth.hourly_page_views[page_views_key(key.first, key.second)] =
            page_views_value(count.views, key.second, count.last);
    }
    for (auto& [user, own] : times) {
        for (const Session& session : sessions_of(own)) {
            truth.visits[visit_key(user, session.start, session.end)] =
                visit_value(session.clicks, session.end);
        }
    }
    return truth;
}

std::string mobile_click_row(std::string_view user_id, std::string_view page, int64_t event_time,
                             int64_t timestamp_ms) {
    return std::string(user_id) + "|" + std::string(page) + "|" + text(event_time) + "|@" +
           text(timestamp_ms);
}

std::string enriched_row(std::string_view user_id, std::string_view page,
                         std::optional<std::string_view> tier, int64_t timestamp_ms) {
    return std::string(user_id) + "|" + std::string(page) + "|" +
           std::string(tier.value_or("(null)")) + "|@" + text(timestamp_ms);
}

std::string page_views_key(std::string_view page, int64_t start_ms) {
    return std::string(page) + "|" + text(start_ms);
}
std::string page_views_value(int64_t views, int64_t window_start, int64_t timestamp_ms) {
    return text(views) + "|" + text(window_start) + "|@" + text(timestamp_ms);
}
std::string visit_key(std::string_view user_id, int64_t start_ms, int64_t end_ms) {
    return std::string(user_id) + "|" + text(start_ms) + "|" + text(end_ms);
}
std::string visit_value(int64_t n, int64_t timestamp_ms) {
    return text(n) + "|@" + text(timestamp_ms);
}

}  // namespace job
