// What a service calls the topics that it keeps for itself. A query's begin with query_prefix()
// (subtopology.h).
#pragma once

#include <string>

namespace millrace::plan {

/// What the names of all of them begin with.
inline std::string internal_prefix(const std::string& service_id) {
    return "_confluent-ksql-" + service_id;
}
/// Orders its statements.
inline std::string command_topic(const std::string& service_id) {
    return internal_prefix(service_id) + "_command_topic";
}
/// Holds the positions of its queries; partition = slot.
inline std::string slots_topic(const std::string& service_id) {
    return internal_prefix(service_id) + "_slots";
}

}  // namespace millrace::plan
