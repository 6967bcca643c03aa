// Bytes that no writer of ours can have written: in a store, an internal topic, a plan. The
// decoders of our own formats throw, and who owns the bytes catches: a topic's reader leaves the
// record out and reports it; for a task, its stores are damaged and its query fails.
#pragma once

#include <stdexcept>

namespace millrace {

class DamagedBytes : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

[[noreturn, gnu::cold]] void throw_damaged(const char* what);

/// Throws DamagedBytes unless `intact`. For what bytes from outside promise; our own mistakes are
/// MR_CHECK's.
inline void need_intact(bool intact, const char* what) {
    if (!intact) [[unlikely]]
        throw_damaged(what);
}

}  // namespace millrace
