// What time zones are called in English, as Java 17 has it: the names of the letters `z` and `v`.
// The tz database knows short names only, and of many zones not even these ("+0545").
#pragma once

#include <string_view>

namespace millrace::functions {

struct ZoneText {
    std::string_view regions;  ///< With a blank round each; the first one is who reads the name.
    std::string_view standard, daylight, generic;
    std::string_view short_standard, short_daylight, short_generic;

    std::string_view preferred_region() const;
};

/// Null: none is known.
const ZoneText* zone_text(std::string_view region);
/// Whose name the text begins with, case aside, long or short names only; `size` is how long it is
/// there. Null: nobody's.
const ZoneText* zone_named_at(std::string_view text, bool long_names, size_t& size);

}  // namespace millrace::functions
