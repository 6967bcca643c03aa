#include "engine/exec/row_time.h"

#include "engine/base/error.h"

namespace millrace::exec {

RowTime::RowTime(const TimestampColumn& column) : column_(column.column) {
    if (column.format) {
        throw StatementError(ErrorKind::kNotYet,
                             "TIMESTAMP_FORMAT is not supported by this server yet.");
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
