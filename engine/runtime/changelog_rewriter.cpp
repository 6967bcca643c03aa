#include "engine/runtime/changelog_rewriter.h"

#include "engine/runtime/store_mark.h"
#include "engine/state/closing_index.h"

namespace millrace {

namespace {

constexpr int64_t kFlushTimeoutMs = 10000;

constexpr const char* kRewriting = "rewriting";

}  // namespace

bool rewrites_changelog(StateBackend& state, StorePartition where) {
    return has_store_mark(state, kRewriting, where);
}

ChangelogRewriter::ChangelogRewriter(Log& log, StateBackend& state, StorePartition where,
                                     TopicPartition changelog)
    : log_(log), state_(state), where_(where), changelog_(std::move(changelog)) {}

Result<bool> ChangelogRewriter::step(size_t max_records, int64_t now_ms) {
    if (!cursor_) {
        // From here on the changelog is not empty any more, and still is not whole.
        if (Status marked = set_store_mark(state_, kRewriting, where_, true); !marked)
            return marked;
        writer_ = log_.writer({});
        cursor_ = state_.scan(where_, "", "");
    }
    for (size_t i = 0; i < max_records && cursor_->valid(); ++i, cursor_->next()) {
        if (is_local_key(cursor_->key())) continue;
        ProducedRecord record;
        record.topic = changelog_.topic;
        record.partition = changelog_.partition;
        record.key = cursor_->key();
        record.value = cursor_->value();
        record.timestamp_ms = now_ms;
        if (Status written = writer_->write(record); !written) return written;
        ++num_records_;
    }
    if (Status flushed = writer_->flush(kFlushTimeoutMs); !flushed) return flushed;
    if (cursor_->valid()) return false;
    if (Status status = finish(); !status) return status;
    return true;
}

Status ChangelogRewriter::finish() {
    auto range = log_.topics().offsets(changelog_);
    if (!range) return range.status();
    Status status = state_.apply({}, {{where_, range->end}});
    return status ? set_store_mark(state_, kRewriting, where_, false) : status;
}

}  // namespace millrace
