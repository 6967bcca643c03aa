// Maps.
#include <algorithm>

#include "engine/functions/families.h"
#include "engine/functions/scalar.h"
#include "engine/functions/value_places.h"
#include "engine/types/casts.h"

namespace millrace::functions {
namespace {

/// A map in the making. REQUIRES: the keys outlive this.
class MapMaker {
public:
    void put(const Value& key, const Value& value) {
        const auto [place, is_new] = places_.add(key);
        if (is_new) {
            map_.emplace_back(key, value);
        } else {
            map_[place].second = value;
        }
    }
    Value take() { return Value(std::move(map_)); }

private:
    ValueMap map_;
    ValuePlaces places_;
};

Value as_map(const ValueList& keys, const ValueList& values) {
    MapMaker out;
    for (size_t i = 0; i < keys.size(); ++i)
        out.put(keys[i], i < values.size() ? values[i] : Value());
    return out.take();
}

Value entries(const ValueMap& map, Required<bool> sorted) {
    std::vector<const std::pair<Value, Value>*> order;
    for (const auto& entry : map) order.push_back(&entry);
    if (sorted.value)
        std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
            return compare_utf16(a->first.as_string(), b->first.as_string()) < 0;
        });
    ValueList out;
    for (const auto* entry : order) out.emplace_back(ValueList{entry->first, entry->second});
    return Value(std::move(out));
}

Value map_keys(const ValueMap& map) {
    ValueList out;
    for (const auto& entry : map) out.push_back(entry.first);
    return Value(std::move(out));
}
Value map_values(const ValueMap& map) {
    ValueList out;
    for (const auto& entry : map) out.push_back(entry.second);
    return Value(std::move(out));
}
std::optional<Value> map_union(std::optional<Value> left, std::optional<Value> right) {
    if (!left) return right;
    if (!right) return left;
    MapMaker out;
    for (const Value* map : {&*left, &*right})
        for (const auto& [key, value] : map->as_map()) out.put(key, value);
    return out.take();
}

}  // namespace

void add_map_functions(FunctionRegistry& registry) {
    Family f(registry, "MAP");
    f.generic("AS_MAP", "A map of an array of keys and an array of values.",
              "(ARRAY<STRING> keys, ARRAY<V> values) -> MAP<STRING, V>", &as_map);
    for (std::string type : {"INT", "BIGINT", "DOUBLE", "BOOLEAN", "STRING"})
        f.generic("ENTRIES", "A map's entries as an array of structs K and V.",
                  "(MAP<STRING, " + type + "> map, BOOLEAN sorted) -> ARRAY<STRUCT<K STRING, V " +
                      type + ">>",
                  &entries);
    f.generic("MAP_KEYS", "A map's keys.", "(MAP<STRING, V> input) -> ARRAY<STRING>", &map_keys);
    f.generic("MAP_VALUES", "A map's values.", "(MAP<STRING, V> input) -> ARRAY<V>", &map_values);
    f.generic("MAP_UNION", "Both maps' entries; the second one wins.",
              "(MAP<STRING, V> map1, MAP<STRING, V> map2) -> MAP<STRING, V>", &map_union);
}

}  // namespace millrace::functions
