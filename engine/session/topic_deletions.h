// Topics that statements are taking away. A statement is decided under a lock, but its topic goes
// without it, since a broker takes its time: what was known of topics before does not count any
// more, and what is to be made waits, or it would be left without a topic. Any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace millrace {

class TopicDeletions {
public:
    /// One that goes, as long as this lives. Begun under the statement lock.
    class Going {
    public:
        explicit Going(TopicDeletions& deletions) : deletions_(deletions) {
            std::lock_guard lock(deletions_.mutex_);
            ++deletions_.begun_;
        }
        ~Going() {
            std::lock_guard lock(deletions_.mutex_);
            ++deletions_.ended_;
            deletions_.changed_.notify_all();
        }
        Going(const Going&) = delete;
        Going& operator=(const Going&) = delete;

    private:
        TopicDeletions& deletions_;
    };

    /// How many have begun so far; -1 while one goes: what is seen of its topic now may be gone
    /// before anybody looks again.
    int64_t begun() const {
        std::lock_guard lock(mutex_);
        return ended_ == begun_ ? begun_ : -1;
    }
    /// Has none begun since there were so many, and are those over?
    bool none_since(int64_t begun) const {
        std::lock_guard lock(mutex_);
        return begun_ == begun && ended_ == begun;
    }
    /// Waits until all that have begun are over.
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ended_ == begun_; });
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    int64_t begun_ = 0, ended_ = 0;
};

}  // namespace millrace
