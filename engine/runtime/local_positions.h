// What this server knows of the slots topic without reading it: the positions as of its last
// commit, in the state, written with the changes that they account for. A restart reads these and
// what the slots topic has beyond. A worker's thread.
//
// A slot that somebody else has had meanwhile, or that is another cluster's, has another epoch or
// owner: then nothing that is kept counts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "engine/log/log.h"
#include "engine/runtime/position_book.h"
#include "engine/state/state_store.h"

namespace millrace {

class LocalPositions {
public:
    LocalPositions(StateBackend& state, std::string transactional_id)
        : state_(state), transactional_id_(std::move(transactional_id)) {}

    struct Kept {
        PositionMap positions;
        std::set<PositionKey> behind;  ///< See PositionBook.
        int64_t next_offset = 0;  ///< Of the slots topic: what comes from there on is not in it.
    };
    /// `claimed`: by whom the slot was claimed last, and how often it has been. Nothing that is
    /// damaged, cannot be read or is another's.
    Kept load(int32_t slot, const GroupOffset& claimed);
    /// All positions of a slot as of this offset of the slots topic; once the slot is claimed.
    Status keep(int32_t slot, int64_t epoch, const Kept& now);

    /// Are commits to write what has moved? From the first keep() to stop().
    bool kept() const { return kept_; }
    void stop() { kept_ = false; }

    /// The store partition in which a slot's are; a commit writes to it, and its changelog is the
    /// slots topic.
    StorePartition where(int32_t slot);
    static std::string encode(const InputPosition& position, bool behind = false);

private:
    Kept read(int32_t slot, const GroupOffset& claimed);

    StateBackend& state_;
    const std::string transactional_id_;
    std::optional<uint32_t> number_;
    bool kept_ = false;
};

}  // namespace millrace
