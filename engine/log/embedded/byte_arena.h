// Bytes copied one after another into large blocks that never move. One owner, one thread.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "engine/base/bytes.h"

namespace millrace {

class ByteArena {
public:
    ByteView copy(ByteView bytes) {
        if (bytes.empty()) return ByteView("");
        if (bytes.size() > room_) grow(bytes.size());
        char* place = next_;
        std::memcpy(place, bytes.data(), bytes.size());
        next_ += bytes.size();
        used_ += bytes.size();
        room_ -= bytes.size();
        return {place, bytes.size()};
    }
    /// Of what has been copied.
    size_t bytes() const { return used_; }
    /// Forgets all bytes; keeps the largest block for what comes next.
    void clear() {
        if (blocks_.size() > 1) {
            std::swap(blocks_.front(), blocks_.back());
            blocks_.resize(1);
        }
        used_ = 0;
        next_ = blocks_.empty() ? nullptr : blocks_.front().bytes.get();
        room_ = blocks_.empty() ? 0 : blocks_.front().size;
    }

private:
    struct Block {
        std::unique_ptr<char[]> bytes;
        size_t size = 0;
    };
    static constexpr size_t kFirstBlock = 4096;
    static constexpr size_t kLargestBlock = 1 << 20;

    void grow(size_t at_least) {
        size_t size =
            blocks_.empty() ? kFirstBlock : std::min(blocks_.back().size * 2, kLargestBlock);
        size = std::max(size, at_least);
        blocks_.push_back({std::unique_ptr<char[]>(new char[size]), size});
        next_ = blocks_.back().bytes.get();
        room_ = size;
    }

    std::vector<Block> blocks_;
    char* next_ = nullptr;
    size_t room_ = 0;
    size_t used_ = 0;
};

}  // namespace millrace
