// Reading by the patterns of commons-lang's FastDateFormat, leniently as it does; PARSE_DATE uses
// it. It differs from java.text.SimpleDateFormat: `Y` is `y`, a year of one digit has a century,
// numbers have no sign, and blanks are passed over ahead of numbers only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::functions {

class FastDateFormat {
public:
    /// Throws RowError on a bad pattern.
    explicit FastDateFormat(std::string_view pattern);
    /// Milliseconds since the epoch, in UTC; what follows in the text does not matter. Throws
    /// RowError. `now_year` decides the century of a year of two digits.
    int64_t parse_ms(std::string_view text, int64_t now_year) const;

private:
    class Reading;
    struct Part {
        char letter = 0;  ///< 0: literal.
        int count = 0;
        bool numeric = false;
        std::string text;
    };
    std::vector<Part> parts_;
};

}  // namespace millrace::functions
