// What the command log holds: statements that change the catalog or the running queries, with their
// plan, in one total order. See docs/formats.md.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/catalog/catalog.h"
#include "engine/plan/steps.h"

namespace millrace {

/// As long a command may be as text, statement and plan together. Over Kafka the servers'
/// max.request.size has to allow it, too.
inline constexpr size_t kCommandBytesMax = (8U << 20) - 4096;

struct Command {
    enum class Action {
        kPutSource,  ///< CREATE, CREATE OR REPLACE, ALTER: `source`, and `query` when there is one.
        kStartQuery,  ///< INSERT INTO … SELECT: `query`.
        kDropSource,  ///< `name`; its own query ends too.
        kPutType,
        kDropType,
        kTerminate,  ///< `query_id`; empty: all.
        kPause,
        kResume,
        kAlterSystem,  ///< `name` = `value`.
        kNothing,      ///< Accepted, changes nothing (IF EXISTS, IF NOT EXISTS).
    };
    Action action = Action::kNothing;
    std::string id;  ///< "stream/`X`/create"
    std::string statement;
    std::string message;  ///< Of its success.
    std::map<std::string, std::string> overrides;
    SourcePtr source;
    std::shared_ptr<const plan::PhysicalPlan> query;
    std::optional<QueryStarts> starts;  ///< With `query`: see PersistentQuery.
    std::string name, value;
    SqlTypePtr type;
    std::string query_id;

    std::string to_json() const;
    /// Throws DamagedBytes when the text is no command or not a whole one, StatementError(kServer)
    /// when it is one of a newer version than this server's.
    static Command from_json(const std::string& id, const std::string& text);
};

}  // namespace millrace
