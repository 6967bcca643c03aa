#include "engine/exec/row_time.h"

#include <memory>

#include "engine/base/error.h"
#include "engine/base/unicode.h"
#include "engine/functions/date_format.h"

namespace millrace::exec {

namespace {

/// As much of a value as a message should have, in whole characters.
std::string shown(std::string_view value) {
    constexpr size_t kShownMax = 100;
    std::string text(whole_characters(value, kShownMax));
    return text.size() == value.size() ? text : text + "...";
}

}  // namespace

RowTime::RowTime(const TimestampColumn& column) : column_(column.column) {
    if (!column.format) return;
    format_ = *column.format;
    try {
        auto format = std::make_shared<const functions::DateFormat>(*column.format);
        parse_ = [format](std::string_view text) {
            return format->parse_timestamp_ms(text, functions::TimeZone::local());
        };
    } catch (const RowError& error) {
        refuse(error.what());
    }
}

std::optional<int64_t> RowTime::read(const Column& column, size_t row, std::string& reason) const {
    if (column.is_null(row)) {
        reason = "the timestamp column " + column_ + " is NULL";
        return std::nullopt;
    }
    int64_t time_ms = -1;
    if (column.physical() == PhysicalType::kLong) {
        time_ms = column.long_at(row);
    } else if (column.physical() == PhysicalType::kText && parse_) {
        try {
            time_ms = parse_(column.text_at(row));
        } catch (const RowError& error) {
            reason = "the column " + column_ + " has '" + shown(column.text_at(row)) +
                     "', which is not of the TIMESTAMP_FORMAT '" + format_ + "': " + error.what();
            return std::nullopt;
        }
    }
    if (time_ms < 0) {
        reason = "the column " + column_ +
                 " has a timestamp that is negative: " + std::to_string(time_ms);
        return std::nullopt;
    }
    if (time_ms > kRowTimeMax) {
        reason = "the column " + column_ +
                 " has a timestamp beyond all dates: " + std::to_string(time_ms);
        return std::nullopt;
    }
    return time_ms;
}

}  // namespace millrace::exec
