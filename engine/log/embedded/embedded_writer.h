// Writes to an embedded log. Without a transactional id every record goes to the store at once;
// with one, records wait here, with their bytes, until the commit (where they are staged), or are
// appended as part of the open transaction (where they are marked). One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/log/embedded/byte_arena.h"
#include "engine/log/embedded/embedded_core.h"

namespace millrace {

class EmbeddedWriter final : public LogWriter {
public:
    EmbeddedWriter(std::shared_ptr<EmbeddedCore> core, const WriterOptions& options);
    ~EmbeddedWriter() override;

    Status init_transactions(int64_t timeout_ms) override;
    Status begin() override;
    Status write(const ProducedRecord& record) override;
    Status write(const ProducedRecord& record, std::function<void(int64_t offset)> acked) override;
    Status send_offsets(const std::string& group_topic,
                        const std::map<int32_t, GroupOffset>& offsets,
                        const GroupMetadata& membership, int64_t timeout_ms) override;
    Status commit(int64_t timeout_ms) override;
    Status abort(int64_t timeout_ms) override;
    Status flush(int64_t timeout_ms) override;
    void poll() override;
    size_t staged_bytes() const override {
        return arena_.bytes() + staged_.size() * sizeof(StagedRecord);
    }

    const std::string& transactional_id() const { return options_.transactional_id; }
    int64_t epoch() const { return epoch_; }

private:
    struct Target {
        TopicHandle topic;
        int32_t next_partition = 0;  ///< For records without a key: one after the other.
    };
    struct Acknowledgement {
        size_t record = 0;
        std::function<void(int64_t offset)> acked;
    };

    bool transactional() const { return !options_.transactional_id.empty(); }
    Result<Target*> target(std::string_view topic);
    Status stage(Target& target, int32_t partition, const ProducedRecord& record,
                 std::function<void(int64_t offset)> acked);
    Status append(Target& target, int32_t partition, const ProducedRecord& record,
                  std::function<void(int64_t offset)> acked);
    Status require_open() const;
    void drop_staged();

    const std::shared_ptr<EmbeddedCore> core_;
    const WriterOptions options_;
    int64_t epoch_ = 0;
    bool open_ = false;
    bool unsynced_ = false;  ///< Something was written that no flush has waited for.
    Status doomed_;          ///< Why the open transaction can only be aborted.

    std::map<std::string, Target, std::less<>> targets_;
    Target* last_target_ = nullptr;
    std::vector<TopicHandle> replaced_;  ///< Removed topics that staged records still point to.
    ByteArena arena_;
    std::deque<std::vector<Header>> headers_;
    std::vector<StagedRecord> staged_;
    std::vector<Acknowledgement> acknowledgements_;
    std::vector<std::pair<int64_t, std::function<void(int64_t)>>>
        acked_;  ///< Written, not told yet.
};

}  // namespace millrace
