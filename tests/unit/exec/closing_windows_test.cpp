// The windows that EMIT FINAL has still to emit are an index in the store: however many they are,
// memory holds a few, and a start reads a few.
#include "engine/exec/closing_windows.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <random>

#include "engine/state/closing_index.h"
#include "tests/unit/exec/pipeline_fixture.h"

using namespace millrace;
using namespace millrace::exec;
using namespace millrace::exec::testing;

namespace {

constexpr size_t kHeldMax = 4096;

/// Counts what is read by scans.
class CountingStore final : public StateStore {
public:
    explicit CountingStore(std::unique_ptr<StateStore> store) : store_(std::move(store)) {}
    std::optional<ByteView> get(ByteView key) override { return store_->get(key); }
    void put(ByteView key, ByteView value) override { store_->put(key, value); }
    void erase(ByteView key) override { store_->erase(key); }
    std::unique_ptr<StoreCursor> scan(ByteView from, ByteView to) override {
        return std::make_unique<Cursor>(store_->scan(from, to), pairs_read);
    }
    Slot edit(ByteView key, size_t size_if_new) override { return store_->edit(key, size_if_new); }
    Slot resize(ByteView key, size_t size) override { return store_->resize(key, size); }
    void expire(size_t suffix_bytes, int64_t before_ms) override {
        store_->expire(suffix_bytes, before_ms);
    }
    size_t pairs_read = 0;

private:
    class Cursor final : public StoreCursor {
    public:
        Cursor(std::unique_ptr<StoreCursor> cursor, size_t& read)
            : cursor_(std::move(cursor)), read_(read) {}
        bool valid() const override { return cursor_->valid(); }
        void next() override {
            ++read_;
            cursor_->next();
        }
        ByteView key() const override { return cursor_->key(); }
        ByteView value() const override { return cursor_->value(); }

    private:
        std::unique_ptr<StoreCursor> cursor_;
        size_t& read_;
    };
    std::unique_ptr<StateStore> store_;
};

struct Windows {
    explicit Windows(plan::WindowSpec window)
        : spec(window),
          key({{"K", SqlType::bigint()}},
              window.kind == sql::WindowKind::kSession ? WindowType::kSession
                                                       : WindowType::kTumbling,
              window.size_ms),
          backend(std::move(open_backend({})).value()),
          overlay(*backend),
          store(overlay.store({backend->store_number("q/s"), 0})) {
        restart();
    }
    void restart() { closing = std::make_unique<ClosingWindows>(spec, key); }
    void commit() {
        closing->save(store);
        REQUIRE(overlay.apply({}));
    }
    std::string store_key(int64_t of, const Window& window) const {
        std::string bytes;
        key.append_values({Value(of)}, bytes);
        key.append_window(window, bytes);
        return bytes;
    }
    void add(int64_t of, const Window& window) { closing->add(store, store_key(of, window)); }
    std::vector<std::string> close(int64_t stream_time_ms) {
        std::vector<std::string> closed;
        // By parts, which are as good as all at once.
        while (!closing->close(store, stream_time_ms, 700,
                               [&](ByteView store_key) { closed.emplace_back(store_key); })) {
            commit();
            if (restarts_midway) restart();
        }
        return closed;
    }

    plan::WindowSpec spec;
    StoreKey key;
    std::unique_ptr<StateBackend> backend;
    Overlay overlay;
    CountingStore store;
    std::unique_ptr<ClosingWindows> closing;
    bool restarts_midway = false;
};

}  // namespace

TEST_CASE("windows that wait are held in the store, not in memory", "[exec][final]") {
    constexpr size_t kKeys = 20'000;
    Windows windows(tumbling(1000));
    std::mt19937 random(3);
    std::vector<int64_t> keys(kKeys);
    std::iota(keys.begin(), keys.end(), 0);
    std::vector<std::string> expected;
    for (int64_t start : {0, 1000, 2000}) {
        std::shuffle(keys.begin(), keys.end(), random);
        for (size_t i = 0; i < keys.size(); ++i) {
            windows.add(keys[i], {start, start + 1000});
            if (i % 700 == 0) windows.commit();
        }
        for (size_t i = 0; i < kKeys; ++i)
            expected.push_back(windows.store_key(static_cast<int64_t>(i), {start, start + 1000}));
    }
    const size_t read_by_adding = windows.store.pairs_read;
    CHECK(read_by_adding == 0);
    if (GENERATE(false, true)) {
        windows.commit();
        windows.restart();
    }
    windows.restarts_midway = GENERATE(false, true);
    std::vector<std::string> closed = windows.close(1000);
    CHECK(closed.size() == kKeys);
    // What had to be read was not in memory.
    CHECK(windows.store.pairs_read - read_by_adding > kKeys - kHeldMax);
    windows.commit();
    windows.restart();
    CHECK(windows.close(1999).empty());
    for (int64_t time_ms : {2000, 3000}) {
        for (const std::string& key : windows.close(time_ms)) closed.push_back(key);
    }
    CHECK((closed == expected));
    CHECK(windows.close(9000).empty());
}

TEST_CASE("a start reads no more of the waiting windows than it holds", "[exec][final]") {
    Windows windows(tumbling(1000));
    for (int64_t key = 0; key < 50'000; ++key) windows.add(key, {key, key + 1000});
    windows.commit();
    windows.restart();
    windows.add(50'000, {50'000, 51'000});
    CHECK(windows.store.pairs_read <= kHeldMax);
}

TEST_CASE("sessions that end elsewhere leave the index", "[exec][final]") {
    Windows windows(session(10));
    std::vector<std::string> expected;
    for (int64_t key = 0; key < 9000; ++key) {
        windows.add(key, {key, key});
        if (key % 2 == 0) continue;
        windows.closing->remove(windows.store, windows.store_key(key, {key, key}));
        windows.add(key, {key, key + 1});
    }
    // By end, then start, then key.
    for (int64_t end = 0; end <= 9000; end += 2) {
        if (end > 0) expected.push_back(windows.store_key(end - 1, {end - 1, end}));
        if (end < 9000) expected.push_back(windows.store_key(end, {end, end}));
    }
    windows.commit();
    windows.restart();
    CHECK((windows.close(20'000) == expected));
}

TEST_CASE("the index goes with the rows that are out of retention", "[exec][final]") {
    Windows windows(tumbling(1000));
    for (int64_t key = 0; key < 10; ++key) {
        windows.store.put(windows.store_key(key, {key, 0}), "row");
        windows.add(key, {key, 0});
    }
    CHECK(windows.close(1009).size() == 10);
    windows.store.expire(kWindowSuffixBytes, 7);
    windows.commit();
    size_t entries = 0;
    for (auto cursor = windows.store.scan(kClosingPrefix, kClosingEnd); cursor->valid();
         cursor->next()) {
        ++entries;
    }
    CHECK(entries == 3);
}
