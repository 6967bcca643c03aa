#include "engine/state/expiry_filter.h"

#include <catch2/catch.hpp>

#include "engine/state/closing_index.h"

namespace millrace {
namespace {

std::string pair_key(StorePartition where, const std::string& key) {
    std::string full;
    put_be32(full, where.store);
    put_be32(full, static_cast<uint32_t>(where.partition));
    return full + key;
}

std::string window(int64_t start_ms) {
    std::string key = "k";
    put_window_suffix(key, start_ms);
    return key;
}

}  // namespace

TEST_CASE("a compaction drops what is out of retention, and nothing else", "[state][expiry]") {
    auto expiries = std::make_shared<ExpiryTable>();
    auto factory = make_expiry_filter_factory(expiries);
    CHECK(factory->CreateCompactionFilter({}) == nullptr);

    const StorePartition windows{2, 1}, sessions{3, 0};
    expiries->set(windows, {kWindowSuffixBytes, 1000});
    expiries->set(windows, {kWindowSuffixBytes, 500});  // Time does not go back.
    expiries->set(sessions, {kSessionSuffixBytes, 1000});
    const auto filter = factory->CreateCompactionFilter({});
    REQUIRE(filter);
    auto drops = [&](StorePartition where, const std::string& key) {
        std::string new_value;
        bool changed = false;
        const bool dropped = filter->Filter(0, pair_key(where, key), "value", &new_value, &changed);
        CHECK_FALSE(changed);
        return dropped;
    };
    CHECK(drops(windows, window(999)));
    CHECK_FALSE(drops(windows, window(1000)));
    CHECK_FALSE(drops(windows, std::string(1, kReservedPrefix) + "stream-time"));
    CHECK_FALSE(drops({2, 0}, window(1)));  // Another partition has its own time.
    CHECK_FALSE(drops({1, 1}, "kk"));
    std::string old_session = "k", live_session = "k";
    put_session_suffix(old_session, 10, 999);
    put_session_suffix(live_session, 10, 1000);  // By its end, not its start.
    CHECK(drops(sessions, old_session));
    CHECK_FALSE(drops(sessions, live_session));
    CHECK(drops(windows, closing_key(window(999), kWindowSuffixBytes)));
    CHECK_FALSE(drops(windows, closing_key(window(1000), kWindowSuffixBytes)));
    CHECK(drops(sessions, closing_key(old_session, kSessionSuffixBytes)));
    CHECK_FALSE(drops(sessions, closing_key(live_session, kSessionSuffixBytes)));
    CHECK_FALSE(drops(windows, std::string(kIndexedKey)));

    expiries->forget(windows.store);
    expiries->forget(sessions.store);
    CHECK(factory->CreateCompactionFilter({}) == nullptr);
}

}  // namespace millrace
