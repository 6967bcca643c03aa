#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <random>

#include "engine/state/state_store.h"

namespace millrace {
namespace {

using Model = std::map<std::string, std::string>;

std::unique_ptr<StateBackend> memory() {
    return std::move(open_backend({})).value();
}

Model read_all(StateStore& store, const std::string& from, const std::string& to) {
    Model pairs;
    auto cursor = store.scan(from, to);
    std::string last;
    for (bool first = true; cursor->valid(); cursor->next(), first = false) {
        const std::string key(cursor->key());
        CHECK((first || last < key));
        pairs[key] = std::string(cursor->value());
        last = key;
    }
    return pairs;
}

Model part(const Model& model, const std::string& from, const std::string& to) {
    Model pairs;
    for (const auto& [key, value] : model) {
        if (key >= from && (to.empty() || key < to)) pairs[key] = value;
    }
    return pairs;
}

}  // namespace

TEST_CASE("the overlay over a backend is one ordered map", "[state][overlay]") {
    auto backend = memory();
    Overlay overlay(*backend);
    const StorePartition where{backend->store_number("s"), 0}, other{where.store, 1};
    auto store = overlay.store(where);
    auto beside = overlay.store(other);
    Model model, committed;
    std::mt19937 random(7);
    auto key = [&] { return "k" + std::to_string(random() % 60); };
    for (int step = 0; step < 20000; ++step) {
        const std::string k = key();
        switch (random() % 12) {
            case 0:
            case 1:
            case 2: {
                const std::string v(random() % 40, static_cast<char>('a' + random() % 26));
                store->put(k, v);
                model[k] = v;
                break;
            }
            case 3:
            case 4:
                store->erase(k);
                model.erase(k);
                break;
            case 5: {
                const auto slot = store->edit(k, 8);
                REQUIRE(slot.found == (model.count(k) == 1));
                std::string& v = model[k];
                if (!slot.found) v.assign(8, '\0');
                REQUIRE(std::string(slot.data, slot.size) == v);
                if (!v.empty()) slot.data[0] = v[0] = static_cast<char>('A' + random() % 26);
                if (random() % 4 == 0) {
                    const size_t size = random() % 50;
                    const auto wider = store->resize(k, size);
                    v.resize(size, '\0');
                    REQUIRE(std::string(wider.data, wider.size) == v);
                }
                break;
            }
            case 6:
            case 7: {
                const auto v = store->get(k);
                REQUIRE(v.has_value() == (model.count(k) == 1));
                if (v) REQUIRE(*v == model[k]);
                break;
            }
            case 8: {
                std::string to = random() % 3 == 0 ? "" : key();
                REQUIRE(read_all(*store, k, to) == part(model, k, to));
                break;
            }
            case 9:
                beside->put(k, "other");
                break;
            case 10:
                if (random() % 20 == 0) {
                    REQUIRE(overlay.apply({{where, step}}));
                    REQUIRE(overlay.empty());
                    committed = model;
                    CHECK(backend->changelog_offset(where) == step);
                }
                break;
            default:
                if (random() % 40 == 0) {
                    random() % 2 == 0 ? overlay.clear() : overlay.forget(where);
                    model = committed;
                }
        }
    }
    CHECK(read_all(*store, "", "") == model);
}

TEST_CASE("a scan goes on over writes made meanwhile", "[state][overlay]") {
    auto backend = memory();
    Overlay overlay(*backend);
    const StorePartition where{backend->store_number("s"), 0};
    auto store = overlay.store(where);
    for (const char* key : {"b", "d", "f"}) store->put(key, key);
    REQUIRE(overlay.apply({}));
    for (const char* key : {"a", "c", "e"}) store->put(key, key);
    std::string seen;
    auto cursor = store->scan("", "");
    for (; cursor->valid(); cursor->next()) {
        seen += cursor->key();
        store->erase(std::string(cursor->key()));
        store->put("0" + std::string(cursor->key()), "new");
    }
    CHECK(seen == "abcdef");
}

TEST_CASE("changes are visited once, with the latest value", "[state][overlay]") {
    auto backend = memory();
    Overlay overlay(*backend);
    const StorePartition where{backend->store_number("s"), 0};
    auto store = overlay.store(where);
    store->put("x", "1");
    store->put("y", "1");
    store->put("x", "2");
    store->erase("y");
    std::string seen;
    overlay.visit_changes([&](const StateChange& change) {
        CHECK(change.where == where);
        seen += std::string(change.key) + "=" + std::string(change.value.value_or("-")) + " ";
    });
    CHECK(seen == "x=2 y=- ");
    CHECK(overlay.bytes() > 0);
}

TEST_CASE("changing a value in place takes no memory", "[state][overlay]") {
    auto backend = memory();
    Overlay overlay(*backend);
    auto store = overlay.store({backend->store_number("s"), 0});
    store->put("key", "12345678");
    const size_t bytes = overlay.bytes();
    for (int i = 0; i < 10000; ++i) {
        auto slot = store->edit("key", 8);
        REQUIRE(slot.found);
        ++*slot.mark;
        store->put("key", "abcdefgh");
    }
    CHECK(overlay.bytes() == bytes);
    CHECK(*store->edit("key", 8).mark == 10000);
    overlay.clear();
    CHECK(*store->edit("key", 8).mark == 0);
}

}  // namespace millrace
