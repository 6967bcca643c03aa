// All that commands can change: sources, custom types, persistent queries, system properties.
// Shared as immutable snapshots (CatalogPtr): a command makes the next one, readers keep the one
// they have. What a command does to a catalog is told in one place, session/command_fold.h; this
// folder stands below `plan`, and so keeps the plans of queries without ever looking into them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/sql/statements.h"
#include "engine/types/format_traits.h"
#include "engine/types/schema.h"

namespace millrace {

namespace plan {
struct PhysicalPlan;
}

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

/// The plan that a query's plan took the place of (CREATE OR REPLACE).
struct Replacement {
    int64_t number = 0;  ///< Of the command that replaced it.
    std::shared_ptr<const plan::PhysicalPlan> before;
    int64_t before_number = -1;  ///< The same of `before`; -1: it was the query's first.
};

/// The end of a topic when a query was made that takes only what comes later.
struct TopicEnd {
    std::string topic_id;          ///< As TopicInfo::id.
    std::vector<int64_t> offsets;  ///< One a partition. Empty: there was no such topic.
    bool operator==(const TopicEnd&) const = default;
};
/// By topic. What is not in it, and partitions that came later, are read from their beginning.
using QueryStarts = std::map<std::string, TopicEnd>;

/// A persistent query as commands have left it, whether it could be started or not.
struct PersistentQuery {
    std::string id;
    std::shared_ptr<const plan::PhysicalPlan> plan;
    std::map<std::string, std::string> overrides;  ///< What the session had SET when it was made.
    bool paused = false;
    /// Number of the command that made it: tells it from an earlier query of the same id. One that
    /// is replaced keeps its number.
    int64_t made_at = 0;
    std::optional<Replacement> replacement;  ///< The last one.
    /// Where it begins; nothing: a server that fixed no starts has made it.
    std::optional<QueryStarts> starts;
};

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
    /// In the order in which they were made.
    const std::vector<PersistentQuery>& queries() const { return queries_; }
    /// Null: there is none.
    const PersistentQuery* find_query(const std::string& id) const;
    /// What ALTER SYSTEM has left.
    const std::map<std::string, std::string>& system_properties() const {
        return system_properties_;
    }
    /// Commands so far: of two catalogs of one engine the greater is the newer one.
    int64_t version() const { return version_; }
    /// Number of the last command, in the log its offset; -1: none yet.
    int64_t last_sequence() const { return last_sequence_; }
    /// As ksqlDB: a new query is numbered by the offset of the last command plus one.
    int64_t next_query_number() const { return last_sequence_ + 1; }

    // Changes, for whoever makes a snapshot and has not shared it yet.
    void put_source(SourcePtr source);
    void remove_source(const std::string& name) { sources_.erase(name); }
    void put_type(const std::string& name, SqlTypePtr type);
    void remove_type(const std::string& name) { types_.erase(name); }
    /// One of the same id is replaced in its place.
    void put_query(PersistentQuery query);
    void remove_query(const std::string& id);
    void pause_query(const std::string& id, bool paused);
    void set_system_property(const std::string& name, const std::string& value);
    /// A command's changes are complete.
    void end_command(int64_t sequence);
    /// All that commands have made is gone; their count stays.
    void clear();
    /// The next snapshot: a copy with `change` done to it.
    template <class Change>
    CatalogPtr changed(const Change& change) const {
        auto next = std::make_shared<Catalog>(*this);
        change(*next);
        return next;
    }

    /// "X does not exist." with "Did you mean …?" lines.
    std::string unknown_source_message(const std::string& name) const;
    /// A line about a source whose name differs only in case; empty when there is none.
    std::string source_hint(const std::string& name) const;

private:
    std::map<std::string, SourcePtr> sources_;
    std::map<std::string, SqlTypePtr> types_;
    std::vector<PersistentQuery> queries_;
    std::map<std::string, std::string> system_properties_;
    int64_t version_ = 0;
    int64_t last_sequence_ = -1;
};

}  // namespace millrace
