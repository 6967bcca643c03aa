// state_writer DIRECTORY: applies batch after batch, naming each on stdout once it is applied.
// Batch n puts key n % 100 := n and its twin, and the changelog offset n.
#include <cstdio>

#include "engine/log/embedded/rocksdb_memory.h"
#include "engine/state/state_store.h"

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    auto opened = millrace::open_backend({argv[1], millrace::make_rocksdb_memory(8 << 20, 0)});
    if (!opened.is_ok()) return 3;
    auto& backend = *opened.value();
    const millrace::StorePartition where{backend.store_number("q/store"), 0};
    for (int64_t n = backend.changelog_offset(where).value_or(0) + 1;; ++n) {
        const std::string key = std::to_string(n % 100);
        const std::string value = std::to_string(n);
        if (!backend.apply({{where, "a" + key, value}, {where, "b" + key, value}}, {{where, n}}))
            return 4;
        std::printf("%lld\n", static_cast<long long>(n));
        std::fflush(stdout);
    }
}
