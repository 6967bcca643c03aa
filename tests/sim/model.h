// The slow model: what a query's sink must hold once everything is read, written from the
// definitions over vectors of rows. Shares no code with the product.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/query.h"
#include "tests/sim/rows.h"

namespace millrace::sim {

/// The world as the model sees it.
struct History {
    const Rows& rows;
    const std::vector<Query>& queries;  ///< Those that chains refer to, at least.
    std::map<std::string, int> lives;   ///< Of topics that were re-created.
    bool tables_first = false;          ///< Tables were whole before the first row of a stream.
};

struct Expected {
    /// A stream's row: told apart by what input rows it is made of.
    struct StreamRow {
        std::set<std::string> any_of;  ///< Key, time and value as text_of() tells them.
        bool required = true;
        std::string line;  ///< Rows of one line come in the order of `place`. Empty: of none.
        int64_t place = 0;
    };
    std::map<std::string, StreamRow> rows;
    /// A table's rows by key (and window): value, or nothing when it may be missing too.
    std::map<std::string, nlohmann::json> cells;
    std::set<std::string> optional_cells;  ///< May be missing.
    bool growing = false;                  ///< N only grows from one update of a key to the next.
    bool once = false;                     ///< Each key is told once.
    bool unknown = false;                  ///< No law for it: its input was re-created.
};

std::string text_of(const std::optional<std::string>& key, int64_t timestamp_ms,
                    const nlohmann::json& value);

Expected expect(const Query& query, const History& history);

}  // namespace millrace::sim
