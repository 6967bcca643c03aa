#include "tests/sim/workload.h"

#include "engine/base/check.h"

namespace millrace::sim {

namespace {

void must(const Status& status) {
    MR_CHECK(status.is_ok(), status.message());
}

}  // namespace

Workload::Workload(Log& log, int64_t start_ms, int32_t partitions, uint64_t seed)
    : log_(log),
      random_(seed),
      partitions_(partitions),
      start_ms_(start_ms),
      time_ms_(start_ms),
      writer_(log.writer({})) {
    for (const char* topic : {"s1", "s2", "t1", "t2"})
        must(log_.topics().create(topic, {partitions, 1, {}}));
}

int64_t Workload::next_time() {
    constexpr int64_t kTickMs = 500;  // Coarse, so that times tie.
    if (random_() % 3 == 0) time_ms_ += static_cast<int64_t>(random_() % 4) * kTickMs;
    const int64_t late = random_() % 6 == 0 ? static_cast<int64_t>(random_() % 50) * kTickMs : 0;
    return std::max(start_ms_, time_ms_ - late);
}

void Workload::write_some(bool tables_too, Trace& trace) {
    static const char* const kTopics[] = {"s1", "s1", "s2", "t1", "t2"};
    const size_t first = rows_.size();
    for (size_t n = random_() % 5 + 1; n > 0; --n)
        write(kTopics[random_() % (tables_too ? 5 : 3)], next_time());
    trace.note("rows {} to {} written", first + 1, rows_.size());
}

void Workload::fill_tables() {
    constexpr int64_t kHourMs = 3600000;
    for (int i = 0; i < 16; ++i) write(i % 2 == 0 ? "t1" : "t2", start_ms_ - kHourMs + i);
}

void Workload::write(const std::string& topic, int64_t timestamp_ms) {
    Row row;
    row.topic = topic;
    row.timestamp_ms = timestamp_ms;
    row.id = static_cast<int64_t>(rows_.size()) + 1;
    const bool table = topic.starts_with("t");
    if (table || random_() % 20 != 0) row.key = "k" + std::to_string(random_() % 6);
    if (random_() % 12 != 0) row.group = "g" + std::to_string(random_() % 4);
    if (random_() % 12 != 0) row.v = static_cast<int64_t>(random_() % 10);
    row.tombstone = table && random_() % 6 == 0;
    const auto any = static_cast<int32_t>(random_() % static_cast<uint64_t>(partitions_));
    row.partition = row.key ? partition_for_key(*row.key, partitions_) : any;
    row.place = row.id;
    if (auto life = lives_.find(topic); life != lives_.end()) row.life = life->second;
    append(row);
    rows_.push_back(std::move(row));
}

void Workload::append(const Row& row) {
    nlohmann::json value{{"G", row.group ? nlohmann::json(*row.group) : nlohmann::json()},
                         {"V", row.v ? nlohmann::json(*row.v) : nlohmann::json()}};
    if (row.topic.starts_with("s")) value["ID"] = row.id;
    const std::string text = value.dump();
    ProducedRecord record;
    record.topic = row.topic;
    record.partition = row.partition;
    if (row.key) record.key = *row.key;
    if (!row.tombstone) record.value = text;
    record.timestamp_ms = row.timestamp_ms;
    must(writer_->write(record));
    must(writer_->flush(1000));
}

void Workload::recreate(const std::string& topic, Trace& trace) {
    trace.note("topic {} is deleted and made anew", topic);
    must(log_.topics().remove(topic));
    must(log_.topics().create(topic, {partitions_, 1, {}}));
    ++lives_[topic];
}

}  // namespace millrace::sim
