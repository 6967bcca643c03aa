// The stream over the processing log's topic: ksql.logging.processing.stream.*.
#pragma once

namespace millrace {

class Engine;

/// Makes it unless there is something of its name, by a statement as anybody's. What is in the way
/// is told in the server's log. REQUIRES: the engine has started.
void make_processing_log_stream(Engine& engine);

}  // namespace millrace
