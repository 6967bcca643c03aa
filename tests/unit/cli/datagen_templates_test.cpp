#include "cli/datagen_templates.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <stdexcept>

using namespace millrace::cli;

namespace {

constexpr int64_t kStart = 1'767'225'600'000;  // 2026-01-01, on the hour.
constexpr int64_t kHourMs = 3'600'000;

std::string field(const std::string& json, const std::string& name) {
    const size_t at = json.find('"' + name + "\":\"");
    if (at == std::string::npos) return {};
    const size_t from = at + name.size() + 4;
    return json.substr(from, json.find('"', from) - from);
}

std::vector<GeneratedRow> make_rows(const std::string& name, const TemplateOptions& options,
                                    uint64_t count) {
    const auto rows = make_template(name, options);
    std::vector<GeneratedRow> made(count);
    for (uint64_t i = 0; i < count; i++) rows->make(i, made[i]);
    return made;
}

}  // namespace

TEST_CASE("datagen makes the same rows from the same seed", "[cli][datagen]") {
    TemplateOptions options;
    options.start_ms = kStart;
    const auto first = make_rows("clickstream", options, 500);
    const auto again = make_rows("clickstream", options, 500);
    options.seed = 2;
    const auto other = make_rows("clickstream", options, 500);
    size_t equal = 0;
    for (size_t i = 0; i < first.size(); i++) {
        CHECK(first[i].value == again[i].value);
        CHECK(first[i].timestamp_ms == again[i].timestamp_ms);
        equal += first[i].value == other[i].value;
    }
    CHECK(equal < 10);
}

TEST_CASE("clickstream fills hours, and one click in five is mobile", "[cli][datagen]") {
    TemplateOptions options;
    options.start_ms = kStart;
    std::map<int64_t, int> hours;
    int mobile = 0;
    std::set<std::string> pages;
    const auto rows = make_rows("clickstream", options, 50'000);
    for (const auto& row : rows) {
        CHECK(row.key.empty());
        hours[(row.timestamp_ms - kStart) / kHourMs]++;
        const std::string page = field(row.value, "page");
        pages.insert(page);
        mobile += page.rfind("/mobile/", 0) == 0;
        REQUIRE(row.value.find("\"event_time\":" + std::to_string(row.timestamp_ms)) !=
                std::string::npos);
    }
    CHECK(hours.size() == 5);  // 50,000 rows of 300 ms are a little more than four hours.
    for (int64_t hour = 0; hour < 4; hour++) CHECK(hours[hour] == Approx(12'000).epsilon(0.02));
    CHECK(mobile == Approx(10'000).epsilon(0.05));
    CHECK(pages.size() == 15);
}

TEST_CASE("clickstream's users come, stay and go", "[cli][datagen]") {
    TemplateOptions options;
    options.start_ms = kStart;
    std::map<std::string, std::vector<int64_t>> clicks;
    for (const auto& row : make_rows("clickstream", options, 100'000)) {
        clicks[field(row.value, "user_id")].push_back(row.timestamp_ms);
    }
    CHECK(clicks.size() == options.num_users);
    size_t sessions = 0;
    for (auto& [user, times] : clicks) {
        sessions++;
        for (size_t i = 1; i < times.size(); i++) sessions += times[i] - times[i - 1] > kHourMs / 2;
    }
    CHECK(sessions > 2 * clicks.size());
    CHECK(sessions < 6 * clicks.size());
}

TEST_CASE("users are keyed, one row each, then again with changes", "[cli][datagen]") {
    TemplateOptions options;
    options.num_users = 100;
    CHECK(make_template("users", options)->default_rows() == 100);
    const auto rows = make_rows("users", options, 200);
    int moved = 0;
    int changed = 0;
    for (size_t i = 0; i < 100; i++) {
        CHECK(rows[i].key == "user_" + std::to_string(i));
        CHECK(rows[i].key == rows[i + 100].key);
        moved += field(rows[i].value, "region") != field(rows[i + 100].value, "region");
        changed += field(rows[i].value, "tier") != field(rows[i + 100].value, "tier");
    }
    CHECK(moved == 0);
    CHECK(changed > 10);
}

TEST_CASE("a field may be the key; an unknown one is refused by name", "[cli][datagen]") {
    TemplateOptions options;
    options.key_field = "user_id";
    for (const auto& row : make_rows("clickstream", options, 10)) {
        CHECK(row.key == field(row.value, "user_id"));
    }
    options.key_field = "colour";
    CHECK_THROWS_WITH(make_template("clickstream", options),
                      "no field 'colour' in this template; it has user_id, page, event_time");
    CHECK(make_template("nothing", options) == nullptr);
}
