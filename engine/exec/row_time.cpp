#include "engine/exec/row_time.h"

#include <memory>

#include "engine/base/error.h"
#include "engine/functions/date_format.h"

namespace millrace::exec {

RowTime::RowTime(const TimestampColumn& column) : column_(column.column) {
    if (!column.format) return;
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
            reason = error.what();
            return std::nullopt;
        }
    }
    if (time_ms < 0) {
        reason = "the timestamp is negative: " + std::to_string(time_ms);
        return std::nullopt;
    }
    return time_ms;
}

}  // namespace millrace::exec
