#include "tests/sim/check.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::sim {

namespace {

using nlohmann::json;

struct SinkRecord {
    int32_t partition = 0;
    int64_t offset = 0, timestamp_ms = 0;
    std::optional<std::string> key, value;

    std::string place() const { return fmt::format("{}:{}", partition, offset); }
};

std::vector<SinkRecord> read_all(Log& log, const std::string& topic) {
    std::vector<SinkRecord> records;
    auto info = log.topics().describe(topic);
    if (!info) return records;
    auto reader = log.reader({});
    for (int32_t p = 0; p < static_cast<int32_t>(info->replicas.size()); ++p) {
        const TopicPartition partition{topic, p};
        if (!reader->assign({{partition, kOffsetEarliest}})) continue;
        while (auto batch = reader->poll(partition, 1000)) {
            for (const auto& record : batch->records()) {
                SinkRecord& seen = records.emplace_back();
                seen.partition = p;
                seen.offset = record.offset;
                seen.timestamp_ms = record.timestamp_ms;
                if (record.key) seen.key = std::string(*record.key);
                if (record.value) seen.value = std::string(*record.value);
            }
        }
    }
    return records;
}

int64_t read_be64(std::string_view bytes) {
    uint64_t value = 0;
    for (char c : bytes.substr(0, 8)) value = value << 8 | static_cast<uint8_t>(c);
    return static_cast<int64_t>(value);
}

/// The key of a table's record as the model's cells are named; empty: it cannot be read.
std::string cell_key(const Query& query, const std::string& bytes) {
    const std::string_view view = bytes;
    const bool windowed = query.kind == QueryKind::kAggregate && query.window != WindowKind::kNone;
    if (!windowed) return bytes;
    const size_t times = query.window == WindowKind::kSession ? 16 : 8;
    if (view.size() < times) return {};
    const std::string_view key = view.substr(0, view.size() - times);
    const int64_t start = read_be64(view.substr(view.size() - 8));
    if (query.window != WindowKind::kSession) return fmt::format("{}@{}", key, start);
    return fmt::format("{}@{}-{}", key, start, read_be64(view.substr(view.size() - 16)));
}

class SinkCheck {
public:
    SinkCheck(const Query& query, const Expected& expected, Strictness strictness)
        : query_(query), expected_(expected), strictness_(strictness) {}

    std::optional<Failure> stream(const std::vector<SinkRecord>& records);
    std::optional<Failure> table(const std::vector<SinkRecord>& records);

private:
    std::optional<Failure> update(const SinkRecord& record);
    std::optional<Failure> cell(const std::string& key, const json& expected);
    bool good_enough(const json& seen, const json& expected) const;
    Failure failure(const std::string& law, const std::string& detail) const {
        return {law + "/" + query_.kind_name(), query_.name + ": " + detail};
    }

    const Query& query_;
    const Expected& expected_;
    const Strictness strictness_;
    std::map<std::string, json> cells_;    ///< The table as of the records so far.
    std::map<std::string, int64_t> told_;  ///< How often, by key.
};

std::optional<Failure> SinkCheck::stream(const std::vector<SinkRecord>& records) {
    std::map<std::string, std::string> first;  // Where each row was seen first.
    std::map<std::string, int64_t> places;
    for (const SinkRecord& record : records) {
        const json value = json::parse(record.value.value_or(""), nullptr, false);
        if (!value.is_object()) return failure("invented", "no JSON at " + record.place());
        const bool pair = query_.kind == QueryKind::kStreamStream;
        const std::string id =
            pair ? value["LID"].dump() + "/" + value["RID"].dump() : value["ID"].dump();
        auto row = expected_.rows.find(id);
        if (row == expected_.rows.end())
            return failure("invented", fmt::format("row {} at {}", id, record.place()));
        const std::string text = text_of(record.key, record.timestamp_ms, value);
        if (row->second.any_of.count(text) == 0) {
            return failure("wrong", fmt::format("row {} at {} is {}, not {}", id, record.place(),
                                                text, *row->second.any_of.begin()));
        }
        const bool is_new = first.emplace(id, record.place()).second;
        if (strictness_ == Strictness::kAtLeastOnce) continue;
        if (!is_new) {
            return failure("doubled",
                           fmt::format("row {} at {} and {}", id, first[id], record.place()));
        }
        if (row->second.line.empty()) continue;
        int64_t& place = places.try_emplace(row->second.line, -1).first->second;
        if (row->second.place < place)
            return failure("disordered", fmt::format("row {} at {}", id, record.place()));
        place = row->second.place;
    }
    if (strictness_ == Strictness::kSafetyOnly) return {};
    for (const auto& [id, row] : expected_.rows) {
        if (row.required && first.count(id) == 0) {
            return failure(
                "lost", fmt::format("row {}: {} (of {} expected, {} seen)", id, *row.any_of.begin(),
                                    expected_.rows.size(), first.size()));
        }
    }
    return {};
}

std::optional<Failure> SinkCheck::update(const SinkRecord& record) {
    const std::string key = cell_key(query_, record.key.value_or(""));
    if (key.empty()) return failure("invented", "a record without key at " + record.place());
    if (!record.value) {
        cells_.erase(key);
        return {};
    }
    const json value = json::parse(*record.value, nullptr, false);
    if (!value.is_object()) return failure("invented", "no JSON at " + record.place());
    const bool once = strictness_ != Strictness::kAtLeastOnce;
    if (++told_[key] > 1 && expected_.once && once)
        return failure("doubled", fmt::format("final row {} at {}", key, record.place()));
    auto before = cells_.find(key);
    if (expected_.growing && once && before != cells_.end() && value["N"] <= before->second["N"]) {
        return failure("shrunk", fmt::format("{} at {}: {} after {}", key, record.place(),
                                             value.dump(), before->second.dump()));
    }
    cells_[key] = value;
    return {};
}

/// Under at-least-once what was counted again counts more; what is compared is as it should be.
bool SinkCheck::good_enough(const json& seen, const json& expected) const {
    if (seen == expected) return true;
    if (strictness_ != Strictness::kAtLeastOnce) return false;
    // What was taken back twice has no bound.
    if (query_.kind == QueryKind::kTableAggregate) return true;
    if (query_.kind != QueryKind::kAggregate) return false;
    json raised = seen;
    for (const char* field : {"N", "S"}) {
        if (!seen.contains(field) || seen[field] < expected[field]) return false;
        raised[field] = expected[field];
    }
    return raised == expected;
}

std::optional<Failure> SinkCheck::cell(const std::string& key, const json& expected) {
    auto seen = cells_.find(key);
    if (seen == cells_.end()) {
        if (expected_.optional_cells.count(key) != 0) return {};
        return failure("lost", fmt::format("{}: {}", key, expected.dump()));
    }
    if (good_enough(seen->second, expected)) return {};
    return failure("wrong",
                   fmt::format("{} is {}, not {}", key, seen->second.dump(), expected.dump()));
}

std::optional<Failure> SinkCheck::table(const std::vector<SinkRecord>& records) {
    for (const SinkRecord& record : records) {
        if (auto bad = update(record)) return bad;
    }
    if (strictness_ == Strictness::kSafetyOnly) return {};
    for (const auto& [key, expected] : expected_.cells) {
        if (auto bad = cell(key, expected)) return bad;
    }
    for (const auto& [key, value] : cells_) {
        if (expected_.cells.count(key) == 0)
            return failure("invented", fmt::format("{}: {}", key, value.dump()));
    }
    return {};
}

}  // namespace

std::optional<Failure> check_sink(Log& log, const Query& query, const Expected& expected,
                                  Strictness strictness) {
    if (expected.unknown) return {};
    const auto records = read_all(log, query.name);
    SinkCheck check(query, expected, strictness);
    return query.is_table() ? check.table(records) : check.stream(records);
}

}  // namespace millrace::sim
