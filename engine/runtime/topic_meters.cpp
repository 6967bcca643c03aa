#include "engine/runtime/topic_meters.h"

namespace millrace {

namespace {

std::optional<TopicMeter::Reading> reading_of(const EventMeter& meter, int64_t now_ms) {
    if (meter.total() == 0) return std::nullopt;
    return TopicMeter::Reading{meter.total(), meter.per_second(now_ms), meter.last_ms()};
}

}  // namespace

void EventMeter::add(uint64_t events, int64_t now_ms) {
    if (events == 0) return;
    total_ += events;
    last_ms_ = now_ms;
    const int64_t second = now_ms / 1000;
    Second& now = seconds_[static_cast<size_t>(second % kRateSeconds)];
    if (now.second != second) now = {second, 0};
    now.events += events;
}

double EventMeter::per_second(int64_t now_ms) const {
    const int64_t second = now_ms / 1000;
    uint64_t events = 0;
    for (const Second& one : seconds_) {
        if (one.second > second - kRateSeconds && one.second <= second) events += one.events;
    }
    return static_cast<double>(events) / static_cast<double>(kRateSeconds);
}

void TopicMeter::note_read(uint64_t records, uint64_t bytes, int64_t now_ms) {
    std::lock_guard lock(mutex_);
    read_.add(records, now_ms);
    bytes_read_ += bytes;
}

void TopicMeter::note_written(uint64_t records, int64_t now_ms) {
    std::lock_guard lock(mutex_);
    written_.add(records, now_ms);
}

void TopicMeter::note_failed(uint64_t records, int64_t now_ms) {
    std::lock_guard lock(mutex_);
    failed_.add(records, now_ms);
}

TopicMeter::Readings TopicMeter::readings(int64_t now_ms) const {
    std::lock_guard lock(mutex_);
    return {reading_of(read_, now_ms), reading_of(written_, now_ms), reading_of(failed_, now_ms),
            bytes_read_};
}

TopicMeter& TopicMeters::of(const std::string& topic) {
    std::lock_guard lock(mutex_);
    auto& meter = meters_[topic];
    if (!meter) meter = std::make_unique<TopicMeter>();
    return *meter;
}

TopicMeter::Readings TopicMeters::readings(const std::string& topic, int64_t now_ms) const {
    std::lock_guard lock(mutex_);
    auto found = meters_.find(topic);
    return found == meters_.end() ? TopicMeter::Readings() : found->second->readings(now_ms);
}

}  // namespace millrace
