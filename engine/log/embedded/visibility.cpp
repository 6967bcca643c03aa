#include "engine/log/embedded/visibility.h"

#include <algorithm>

namespace millrace {

void Visibility::add(Ranges& ranges, OffsetRun run) {
    auto after = ranges.upper_bound(run.begin);
    if (after != ranges.begin()) {
        auto before = std::prev(after);
        if (before->second == run.begin) {
            before->second = run.end;
            return;
        }
    }
    ranges.emplace_hint(after, run.begin, run.end);
}

int64_t Visibility::skip(const Ranges& ranges, int64_t offset) {
    auto after = ranges.upper_bound(offset);
    return after == ranges.begin() ? offset : std::max(offset, std::prev(after)->second);
}

int64_t Visibility::next_begin(const Ranges& ranges, int64_t offset, int64_t end) {
    auto after = ranges.lower_bound(offset);
    return after == ranges.end() ? end : std::min(end, after->first);
}

void Visibility::add_open(int64_t transaction, int64_t offset) {
    auto& runs = open_[transaction];
    if (!runs.empty() && runs.back().end == offset) {
        ++runs.back().end;
    } else {
        runs.push_back({offset, offset + 1});
    }
}

void Visibility::end(int64_t transaction, bool committed, int64_t marker) {
    auto found = open_.find(transaction);
    if (found != open_.end()) {
        if (!committed) {
            for (const OffsetRun& run : found->second) add(aborted_, run);
        }
        open_.erase(found);
    }
    add(markers_, {marker, marker + 1});
}

int64_t Visibility::stable_end(int64_t end) const {
    for (const auto& [transaction, runs] : open_) end = std::min(end, runs.front().begin);
    return end;
}

OffsetRun Visibility::next_run(int64_t from, int64_t end, bool committed_only) const {
    int64_t begin = from;
    for (int64_t before = begin - 1; before != begin && begin < end;) {
        before = begin;
        begin = skip(markers_, begin);
        if (committed_only) begin = skip(aborted_, begin);
    }
    if (begin >= end) return {std::max(from, end), std::max(from, end)};
    end = next_begin(markers_, begin, end);
    if (committed_only) end = next_begin(aborted_, begin, end);
    return {begin, end};
}

void Visibility::forget_before(int64_t begin) {
    for (Ranges* ranges : {&aborted_, &markers_}) {
        while (!ranges->empty() && ranges->begin()->second <= begin) ranges->erase(ranges->begin());
    }
}

}  // namespace millrace
