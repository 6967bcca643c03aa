// Where the keys that tokens are verified with come from. Thread-safe.
#pragma once

#include <functional>
#include <string>

#include "server/bearer/jwk_set.h"

namespace millrace::bearer {

class KeySource {
public:
    virtual ~KeySource() = default;

    /// Null: there are none yet. Does not wait.
    virtual JwkSetPtr keys() const = 0;
    /// Might refresh() give others? Does not wait.
    virtual bool is_stale() = 0;
    /// Brings keys() up to date where that is a matter of moments. `now`: also when it has been
    /// looked a moment ago, for a token whose key is not known.
    virtual void refresh(bool now) = 0;
    /// For a token whose key is not known: has others looked for beside the requests, and calls
    /// `then`, from another thread, when they have come or not. False, and `then` is not called:
    /// there is nothing to wait for.
    virtual bool look_again(std::function<void()> then) = 0;

    /// Begins and ends what goes on beside the requests. stop() calls what still waits, and nothing
    /// is called after it.
    virtual void start() {}
    virtual void stop() {}
};

}  // namespace millrace::bearer
