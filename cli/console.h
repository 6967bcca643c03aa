// Where the shell writes: results to stdout, errors to stderr, all of it into the spool file when
// one is open. One thread.
#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace millrace::cli {

/// Where bytes go; tests collect them.
class TextSink {
public:
    virtual ~TextSink() = default;
    virtual void write(std::string_view text) = 0;
};

class Console {
public:
    struct Options {
        bool interactive = false;  ///< A person at a terminal: progress words go to stdout.
        bool color = false;        ///< Errors in red.
        size_t width = 0;          ///< 0: ask the terminal each time.
    };
    /// Writes to stdout and stderr.
    explicit Console(const Options& options);
    Console(const Options& options, std::unique_ptr<TextSink> out, std::unique_ptr<TextSink> err);

    void print(std::string_view text);
    void print_line(std::string_view line = {});
    /// What is said about a result and is none ("Query terminated"): to stdout for a person, to
    /// stderr in a pipe, where only results may stand on stdout.
    void note(std::string_view line);
    void error(std::string_view message);

    /// Terminal width in cells.
    size_t width() const;
    bool interactive() const { return options_.interactive; }

    Status start_spool(const std::string& path);
    /// The path of the spool that was open, empty when none was.
    std::string stop_spool();
    /// Into the spool alone: what the user typed.
    void spool_input(std::string_view line);

private:
    void spool(std::string_view text);

    struct FileCloser {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    Options options_;
    std::unique_ptr<TextSink> out_;
    std::unique_ptr<TextSink> err_;
    std::unique_ptr<std::FILE, FileCloser> spool_;
    std::string spool_path_;
};

}  // namespace millrace::cli
