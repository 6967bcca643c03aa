// What the five statements of the job must have made of their input, computed here from the input
// topics with plain maps and no line of the product. Single-threaded.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace job {

/// Rows of a stream with how often each must come.
using Rows = std::unordered_map<std::string, int64_t>;
/// Key (with its window) to the latest value.
using Table = std::unordered_map<std::string, std::string>;

struct Truth {
    Rows mobile_clicks;
    Rows enriched;
    Table hourly_page_views;
    Table visits;
    uint64_t clicks_read = 0;
    uint64_t clicks_good = 0;
    uint64_t users = 0;
};

/// Collects the input; finish() computes the answers.
class TruthBuilder {
public:
    void add_user(std::optional<std::string_view> key, std::optional<std::string_view> value);
    void add_click(std::optional<std::string_view> value);
    Truth finish();

private:
    struct Click {
        std::string user_id;
        std::string page;
        int64_t event_time;
    };
    std::vector<Click> clicks_;
    std::unordered_map<std::string, std::string> tiers_;
    uint64_t clicks_read_ = 0;
};

// Canonical text of a result row, the same whether it comes from the truth or from a topic. The
// record's timestamp is part of it.
std::string mobile_click_row(std::string_view user_id, std::string_view page, int64_t event_time,
                             int64_t timestamp_ms);
std::string enriched_row(std::string_view user_id, std::string_view page,
                         std::optional<std::string_view> tier, int64_t timestamp_ms);
std::string page_views_key(std::string_view page, int64_t start_ms);
std::string page_views_value(int64_t views, int64_t window_start, int64_t timestamp_ms);
std::string visit_key(std::string_view user_id, int64_t start_ms, int64_t end_ms);
std::string visit_value(int64_t n, int64_t timestamp_ms);

}  // namespace job
