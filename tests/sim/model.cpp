#include "tests/sim/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace millrace::sim {

namespace {

using nlohmann::json;

json or_null(const std::optional<std::string>& text) {
    return text ? json(*text) : json(nullptr);
}
json or_null(const std::optional<int64_t>& number) {
    return number ? json(*number) : json(nullptr);
}

std::string topic_of(const std::string& source) {
    std::string topic = source;
    std::transform(topic.begin(), topic.end(), topic.begin(), [](char c) {
        return static_cast<char>(c == 'S' ? 's' : c == 'T' ? 't' : c);
    });
    return topic;
}

const Query* query_named(const History& history, const std::string& name) {
    for (const Query& query : history.queries) {
        if (query.name == name) return &query;
    }
    return nullptr;
}

/// The rows of an input stream, or of the filter over one.
Rows stream_rows(const std::string& source, const History& history) {
    Rows rows;
    if (const Query* filter = query_named(history, source)) {
        rows = stream_rows(filter->left, history);
        std::erase_if(rows, [&](const Row& row) {
            return filter->at_least > 0 && (!row.v || *row.v < filter->at_least);
        });
        return rows;
    }
    const std::string topic = topic_of(source);
    std::copy_if(history.rows.begin(), history.rows.end(), std::back_inserter(rows),
                 [&](const Row& row) { return row.topic == topic; });
    return rows;
}

bool is_recreated(const std::string& source, const History& history) {
    if (const Query* filter = query_named(history, source))
        return is_recreated(filter->left, history);
    return history.lives.count(topic_of(source)) != 0;
}

bool is_current(const Row& row, const History& history) {
    auto life = history.lives.find(row.topic);
    return life == history.lives.end() || life->second == row.life;
}

/// Versions of a key's row in a table, oldest first; nothing: deleted.
using Versions = std::vector<std::optional<Row>>;
std::map<std::string, Versions> versions(const std::string& table, const History& history) {
    std::map<std::string, Versions> all;
    for (const Row& row : history.rows) {
        if (row.topic != topic_of(table) || !row.key) continue;
        all[*row.key].push_back(row.tombstone ? std::nullopt : std::optional(row));
    }
    return all;
}
std::map<std::string, Row> final_table(const std::string& table, const History& history) {
    std::map<std::string, Row> rows;
    for (auto& [key, all] : versions(table, history)) {
        if (all.back()) rows[key] = *all.back();
    }
    return rows;
}

// ---- streams ----

Expected expect_filter(const Query& query, const History& history) {
    Expected expected;
    const bool direct = query_named(history, query.left) == nullptr;
    Rows rows = stream_rows(query.left, history);
    for (const Row& row : rows) {
        if (query.at_least > 0 && (!row.v || *row.v < query.at_least)) continue;
        auto& out = expected.rows[std::to_string(row.id)];
        const json value{{"ID", row.id}, {"G", or_null(row.group)}, {"V", or_null(row.v)}};
        out.any_of = {text_of(row.key, row.timestamp_ms, value)};
        out.required = is_current(row, history);
        if (direct && row.key) out.line = *row.key;
        out.place = row.place;
    }
    return expected;
}

Expected expect_rekey(const Query& query, const History& history) {
    Expected expected;
    for (const Row& row : stream_rows(query.left, history)) {
        auto& out = expected.rows[std::to_string(row.id)];
        const json value{{"ID", row.id}, {"K", or_null(row.key)}, {"V", or_null(row.v)}};
        out.any_of = {text_of(row.group, row.timestamp_ms, value)};
        out.required = is_current(row, history);
    }
    return expected;
}

Expected expect_stream_table(const Query& query, const History& history) {
    Expected expected;
    auto table = versions(query.right, history);
    for (const Row& row : stream_rows(query.left, history)) {
        // A row without a key meets nothing; a left join tells it nevertheless (KIP-962).
        Versions met = row.key ? table[*row.key] : Versions();
        if (history.tables_first) {
            met = {met.empty() ? std::nullopt : met.back()};
        } else {
            met.insert(met.begin(), std::nullopt);
        }
        Expected::StreamRow out;
        out.required = is_current(row, history);
        for (const auto& version : met) {
            if (!version && !query.outer) {
                out.required = false;
                continue;
            }
            const json value{{"ID", row.id},
                             {"RG", version ? or_null(version->group) : json(nullptr)},
                             {"RV", version ? or_null(version->v) : json(nullptr)}};
            out.any_of.insert(text_of(row.key, row.timestamp_ms, value));
        }
        if (!out.any_of.empty()) expected.rows[std::to_string(row.id)] = std::move(out);
    }
    return expected;
}

Expected expect_stream_stream(const Query& query, const History& history) {
    Expected expected;
    const Rows right = stream_rows(query.right, history);
    for (const Row& l : stream_rows(query.left, history)) {
        const auto& key = query.by_group ? l.group : l.key;
        if (!key) continue;
        for (const Row& r : right) {
            if ((query.by_group ? r.group : r.key) != key) continue;
            if (std::abs(l.timestamp_ms - r.timestamp_ms) > kSizeMs) continue;
            auto& out = expected.rows[fmt::format("{}/{}", l.id, r.id)];
            out.any_of = {text_of(key, std::max(l.timestamp_ms, r.timestamp_ms),
                                  json{{"LID", l.id}, {"RID", r.id}})};
        }
    }
    return expected;
}

// ---- aggregates ----

struct Totals {
    int64_t n = 0, sum = 0;
    std::optional<int64_t> low, high, last;

    void add(const Row& row) {
        ++n;
        last = row.id;
        if (!row.v) return;
        sum += *row.v;
        low = std::min(low.value_or(*row.v), *row.v);
        high = std::max(high.value_or(*row.v), *row.v);
    }
    json value(bool latest) const {
        json object{{"N", n}, {"S", sum}, {"LO", or_null(low)}, {"HI", or_null(high)}};
        if (latest) object["LAST"] = or_null(last);
        return object;
    }
};

std::vector<int64_t> windows_of(const Query& query, int64_t timestamp_ms) {
    if (query.window == WindowKind::kNone) return {-1};
    const int64_t step = query.window == WindowKind::kHopping ? kAdvanceMs : kSizeMs;
    std::vector<int64_t> starts;
    for (int64_t start = timestamp_ms / step * step; start > timestamp_ms - kSizeMs; start -= step)
        starts.push_back(start);
    return starts;
}

std::string cell_key(const std::string& key, int64_t start_ms) {
    return start_ms < 0 ? key : fmt::format("{}@{}", key, start_ms);
}

/// The rows with a key go through their partition in order: a window that their time has left
/// behind by more than the grace takes no more. It is final then, unless time has jumped past all
/// that is kept of it (size and grace): such a window is lost, as in Kafka Streams.
class WindowedModel {
public:
    explicit WindowedModel(const Query& query) : query_(query) {}

    void add(const Row& row) {
        const auto& key = query_.by_group ? row.group : row.key;
        if (!key) return;
        int64_t& now = stream_time_[row.partition];
        now = std::max(now, row.timestamp_ms);
        for (auto& [where, cell] : cells_) {
            if (cell.partition == row.partition && cell.closed_by_ms < 0 && closed(where, now))
                cell.closed_by_ms = now;
        }
        for (int64_t start : windows_of(query_, row.timestamp_ms)) {
            const Where where{*key, start};
            if (query_.late && closed(where, now)) continue;
            Cell& cell = cells_[where];
            cell.totals.add(row);
            cell.partition = row.partition;
        }
    }

    Expected expected() const {
        Expected expected;
        expected.growing = true;
        expected.once = query_.final;
        for (const auto& [where, cell] : cells_) {
            if (query_.final && cell.closed_by_ms < 0) continue;
            const std::string key = cell_key(where.first, where.second);
            expected.cells[key] = cell.totals.value(query_.latest);
            if (query_.final && jumped(where, cell)) expected.optional_cells.insert(key);
        }
        return expected;
    }

private:
    using Where = std::pair<std::string, int64_t>;
    struct Cell {
        Totals totals;
        int32_t partition = 0;
        int64_t closed_by_ms = -1;  ///< Time that closed it.
    };
    bool closed(const Where& where, int64_t now) const {
        return where.second >= 0 && where.second + kSizeMs + kLateGraceMs <= now;
    }
    bool jumped(const Where& where, const Cell& cell) const {
        const int64_t newest = windows_of(query_, cell.closed_by_ms).front();
        return where.second < newest - kSizeMs - kLateGraceMs;
    }

    const Query& query_;
    std::map<Where, Cell> cells_;
    std::map<int32_t, int64_t> stream_time_;
};

Expected expect_aggregate(const Query& query, const History& history) {
    WindowedModel model(query);
    for (const Row& row : stream_rows(query.left, history)) model.add(row);
    return model.expected();
}

Expected expect_sessions(const Query& query, const History& history) {
    Expected expected;
    expected.growing = true;
    std::map<std::string, Rows> by_key;
    for (const Row& row : stream_rows(query.left, history)) {
        if (const auto& key = query.by_group ? row.group : row.key) by_key[*key].push_back(row);
    }
    for (auto& [key, rows] : by_key) {
        std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
            return a.timestamp_ms < b.timestamp_ms;
        });
        for (size_t first = 0; first < rows.size();) {
            Totals totals;
            size_t next = first;
            do {
                totals.add(rows[next++]);
            } while (next < rows.size() &&
                     rows[next].timestamp_ms - rows[next - 1].timestamp_ms <= kSizeMs);
            expected.cells[fmt::format("{}@{}-{}", key, rows[first].timestamp_ms,
                                       rows[next - 1].timestamp_ms)] = totals.value(false);
            first = next;
        }
    }
    return expected;
}

// ---- tables ----

Expected expect_table_table(const Query& query, const History& history) {
    Expected expected;
    const auto right = final_table(query.right, history);
    for (const auto& [key, row] : final_table(query.left, history)) {
        auto met = right.find(key);
        if (met == right.end() && !query.outer) continue;
        expected.cells[key] =
            json{{"LG", or_null(row.group)},
                 {"RV", met == right.end() ? json(nullptr) : or_null(met->second.v)}};
    }
    return expected;
}

Expected expect_table_aggregate(const Query& query, const History& history) {
    Expected expected;
    std::map<std::string, Totals> all;
    for (const auto& [key, row] : final_table(query.left, history)) {
        if (row.group) all[*row.group].add(row);
    }
    // A group that has lost its last row stays, with nothing in it.
    for (const Row& row : history.rows) {
        if (row.topic != topic_of(query.left) || !row.group || !row.key) continue;
        if (all.count(*row.group) == 0) expected.optional_cells.insert(*row.group);
        all[*row.group];
    }
    for (const auto& [key, totals] : all)
        expected.cells[key] = json{{"N", totals.n}, {"S", totals.sum}};
    return expected;
}

}  // namespace

std::string text_of(const std::optional<std::string>& key, int64_t timestamp_ms,
                    const json& value) {
    return fmt::format("{} @{} {}", key.value_or("<null>"), timestamp_ms, value.dump());
}

Expected expect(const Query& query, const History& history) {
    const bool recreated = is_recreated(query.left, history) ||
                           (!query.right.empty() && is_recreated(query.right, history));
    if (recreated && query.kind != QueryKind::kFilter && query.kind != QueryKind::kRekey) {
        Expected unknown;
        unknown.unknown = true;
        return unknown;
    }
    switch (query.kind) {
        case QueryKind::kFilter:
            return expect_filter(query, history);
        case QueryKind::kRekey:
            return expect_rekey(query, history);
        case QueryKind::kAggregate:
            return query.window == WindowKind::kSession ? expect_sessions(query, history)
                                                        : expect_aggregate(query, history);
        case QueryKind::kStreamTable:
            return expect_stream_table(query, history);
        case QueryKind::kStreamStream:
            return expect_stream_stream(query, history);
        case QueryKind::kTableTable:
            return expect_table_table(query, history);
        case QueryKind::kTableAggregate:
            return expect_table_aggregate(query, history);
    }
    return {};
}

}  // namespace millrace::sim
