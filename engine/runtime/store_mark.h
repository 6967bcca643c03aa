// A mark on a store partition that outlives the process: something was begun with it and is not
// done.
#pragma once

#include <string>
#include <string_view>

#include "engine/state/state_store.h"

namespace millrace {

/// `what`: "restoring", "rewriting"; a part of the key under which the state keeps it.
inline std::string store_mark_key(std::string_view what, StorePartition where) {
    return std::string(what) + "/" + std::to_string(where.store) + "/" +
           std::to_string(where.partition);
}

inline bool has_store_mark(StateBackend& state, std::string_view what, StorePartition where) {
    const auto mark = state.get_meta(store_mark_key(what, where));
    return mark && !mark->empty();
}

inline Status set_store_mark(StateBackend& state, std::string_view what, StorePartition where,
                             bool marked) {
    return state.put_meta(store_mark_key(what, where), marked ? "1" : "");
}

}  // namespace millrace
