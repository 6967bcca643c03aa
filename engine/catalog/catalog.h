// What a statement may refer to: sources and custom types, as an immutable snapshot. A change makes
// the next snapshot; readers keep the one they have. Thread-safe by immutability.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "engine/sql/statements.h"
#include "engine/types/schema.h"

namespace millrace {

/// A serialisation format with its properties (delimiter, schema id, …), as in topics and plans.
struct FormatInfo {
    std::string name = "JSON";
    std::map<std::string, std::string> properties;
    /// WRAP_SINGLES / UNWRAP_SINGLES when stated (or forced by the format), else absent.
    std::optional<bool> wrap_single;
    bool operator==(const FormatInfo&) const = default;
};

struct TimestampColumn {
    std::string column;
    std::optional<std::string> format;
    bool operator==(const TimestampColumn&) const = default;
};

/// A stream or table over a topic.
struct Source {
    sql::SourceKind kind = sql::SourceKind::kStream;
    std::string name;
    Schema schema;
    std::string topic;
    FormatInfo key_format;
    FormatInfo value_format;
    WindowType window = WindowType::kNone;
    std::optional<int64_t> window_size_ms;
    std::optional<TimestampColumn> timestamp;
    bool read_only = false;                 ///< CREATE SOURCE …
    std::string statement;                  ///< The text that made it.
    std::optional<std::string> created_by;  ///< Query id of its CREATE … AS SELECT.
    /// Names of sources that its defining query reads (DROP refuses while they stand).
    std::set<std::string> depends_on;

    bool is_table() const { return kind == sql::SourceKind::kTable; }
    bool windowed() const { return window != WindowType::kNone; }
};
using SourcePtr = std::shared_ptr<const Source>;

struct PutSource {
    SourcePtr source;
};
struct RemoveSource {
    std::string name;
};
struct PutType {
    std::string name;
    SqlTypePtr type;
};
struct RemoveType {
    std::string name;
};
using CatalogChange = std::variant<PutSource, RemoveSource, PutType, RemoveType>;

class Catalog;
using CatalogPtr = std::shared_ptr<const Catalog>;

class Catalog {
public:
    static CatalogPtr empty();
    SourcePtr find_source(const std::string& name) const;
    /// Sorted by name.
    std::vector<SourcePtr> sources() const;
    std::vector<SourcePtr> sources_on_topic(const std::string& topic) const;
    SqlTypePtr find_type(const std::string& name) const;
    const std::map<std::string, SqlTypePtr>& types() const { return types_; }
    CatalogPtr apply(const CatalogChange& change) const;
    /// "X does not exist." with "Did you mean …?" lines.
    std::string unknown_source_message(const std::string& name) const;
    /// A line about a source whose name differs only in case; empty when there is none.
    std::string source_hint(const std::string& name) const;

private:
    std::map<std::string, SourcePtr> sources_;
    std::map<std::string, SqlTypePtr> types_;
};

}  // namespace millrace
