// The date fields that a text has set, and the day they come to: what java.util.GregorianCalendar
// does when it is lenient, with the weeks of the United States (from Sunday, January 1st is in the
// first). Not thread-safe.
#pragma once

#include <array>
#include <cstdint>

namespace millrace::functions {

class CalendarFields {
public:
    enum Field {
        kYear,
        kMonth,  ///< From 1.
        kDayOfMonth,
        kDayOfYear,
        kWeekOfYear,
        kWeekOfMonth,
        kDayOfWeek,  ///< Sunday is 1.
        kDayOfWeekInMonth,
        kNumFields
    };

    void set(Field field, int64_t value) {
        values_[field] = value;
        stamps_[field] = ++last_;
    }
    bool is_set(Field field) const { return stamps_[field] > 0; }
    /// The field's value; when not set 1970, and 1 of everything else.
    int64_t get(Field field) const {
        if (is_set(field)) return values_[field];
        return field == kYear ? 1970 : 1;
    }

    /// Days since the epoch. Of fields that contradict each other the ones set last count.
    int64_t day() const;

private:
    int64_t day_in(bool julian) const;
    int64_t first_of_month(bool julian) const;

    std::array<int64_t, kNumFields> values_{};
    std::array<int, kNumFields> stamps_{};  ///< 0: not set.
    int last_ = 0;
};

}  // namespace millrace::functions
