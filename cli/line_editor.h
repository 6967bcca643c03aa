// Where the shell's lines come from: a person at a terminal (editing and history by libedit), or a
// stream. One thread.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::cli {

enum class ReadOutcome { kLine, kEnd, kInterrupted };

class LineSource {
public:
    virtual ~LineSource() = default;
    /// The next line, without its end.
    virtual ReadOutcome read(std::string_view prompt, std::string& line) = 0;
    /// Remembers a whole entry (it may have several lines).
    virtual void add_history(std::string_view entry) = 0;
    virtual std::vector<std::string> history() const = 0;
};

/// Lines of a stream, which must outlive the source.
std::unique_ptr<LineSource> read_stream(std::istream& stream);

/// Lines typed at the terminal; the history is kept in `history_path` (empty: not kept).
/// `interrupted` tells whether Ctrl-C was pressed since it was last asked; the SIGINT handler that
/// sets it must not restart system calls.
std::unique_ptr<LineSource> edit_lines(const std::string& history_path, bool (*interrupted)());

}  // namespace millrace::cli
