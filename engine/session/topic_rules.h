// What may be done with a topic: internal topics of this service, and what ksql.readonly.topics and
// ksql.hidden.topics name, are closed to statements and requests. Session asks for every statement,
// InsertWriter for every row. Immutable; any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/config.h"

namespace re2 {
class RE2;
}

namespace millrace {

enum class TopicUse {
    kList,    ///< SHOW TOPICS names it. PRINT and SHOW ALL TOPICS ask for no leave.
    kSource,  ///< A stream or table is declared over it.
    kSink,    ///< A query writes to it.
    kInsert,  ///< Rows from outside are written to it.
    kMake,    ///< A statement makes it, since it is not there.
    kDelete,  ///< A statement takes it away.
};

class TopicRules {
public:
    /// Throws StatementError(kGeneral) for a pattern that is none.
    explicit TopicRules(const Config& config);
    ~TopicRules();

    /// Why the topic may not be used so; nothing: it may.
    std::optional<std::string> refusal(TopicUse use, const std::string& topic) const;
    /// Throws the refusal as StatementError(kStatement).
    void check(TopicUse use, const std::string& topic) const;

private:
    using Patterns = std::vector<std::unique_ptr<re2::RE2>>;

    static Patterns compile(const char* property, const std::vector<std::string>& texts);
    static bool any_match(const Patterns& patterns, const std::string& topic);
    /// Command, slots, changelog and repartition topics: what is in them is the service's own
    /// memory.
    bool is_internal(std::string_view topic) const;
    bool is_writable(const std::string& topic) const;

    const std::string command_topic_, slots_topic_;
    const std::string internal_prefix_;
    const std::string processing_log_;  ///< Empty: there is none.
    const Patterns hidden_;
    const Patterns read_only_;
};

}  // namespace millrace
