// Config::get<"a property">(), with the table behind it.
#pragma once

#include <optional>
#include <type_traits>

#include "engine/config/config.h"
#include "engine/config/table.h"

namespace millrace {

template <PropertyName kName>
auto Config::get() const {
    constexpr size_t kIndex = property_index(kName.view());
    static_assert(kIndex != kNoProperty, "the table of properties has no such name");
    static_assert(kProperties[kIndex].use == PropertyUse::kRead,
                  "the table says that no code reads this property");
    using enum PropertyType;
    constexpr PropertyType kType = kProperties[kIndex].type;
    using Type = std::conditional_t<
        kType == kBool, bool,
        std::conditional_t<kType == kString, std::string,
                           std::conditional_t<kType == kList, std::vector<std::string>, int64_t>>>;
    const PropertyValue& value = value_at(kIndex);
    if constexpr (kProperties[kIndex].default_value != nullptr) {
        return std::get<Type>(value);
    } else {
        const Type* set = std::get_if<Type>(&value);
        return set == nullptr ? std::optional<Type>() : std::optional<Type>(*set);
    }
}

}  // namespace millrace
