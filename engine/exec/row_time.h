// The event time that WITH (TIMESTAMP = …) takes from a column. Stateless after construction.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "engine/catalog/catalog.h"
#include "engine/types/column.h"

namespace millrace::exec {

/// A later row is none: windows and grace periods, a million years at most each, are added to
/// times.
inline constexpr int64_t kRowTimeMax = std::numeric_limits<int64_t>::max() / 2;

class RowTime {
public:
    /// Throws StatementError when the format of a text column is none.
    explicit RowTime(const TimestampColumn& column);

    const std::string& column() const { return column_; }
    /// Milliseconds; nothing when the value is NULL, cannot be read, is negative or
    /// beyond kRowTimeMax: `reason` tells.
    std::optional<int64_t> read(const Column& column, size_t row, std::string& reason) const;

private:
    std::string column_;
    std::string format_;                              ///< Empty: the column is no text.
    std::function<int64_t(std::string_view)> parse_;  ///< Throws RowError.
};

}  // namespace millrace::exec
