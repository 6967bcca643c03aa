// Rows written from outside: INSERT VALUES, streaming inserts, raw records from generators.
// Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/log/log.h"
#include "engine/serde/format.h"
#include "engine/types/value.h"

namespace millrace {

/// Encodes the row in the source's formats and writes it; returns once it is acknowledged.
/// `key` and `value`: one Value a column, in declared order.
/// Throws StatementError when a format cannot hold the row.
Status insert_row(Log& log, const FormatRegistry& formats, const Source& source,
                  const std::vector<Value>& key, const std::vector<Value>& value,
                  int64_t timestamp_ms);

/// The bytes of a row in its source's formats; nothing: a null key or value.
struct EncodedRow {
    std::optional<std::string> key, value;
};
EncodedRow encode_row(const FormatRegistry& formats, const Source& source,
                      const std::vector<Value>& key, const std::vector<Value>& value);

/// A record as it is.
struct RawRecord {
    std::string topic;
    std::optional<std::string> key;
    std::optional<std::string> value;
    int64_t timestamp_ms = -1;
};
/// Writes all of them; returns once they are acknowledged.
Status insert_raw(Log& log, const std::vector<RawRecord>& records);

}  // namespace millrace
