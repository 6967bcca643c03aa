#include "cli/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace millrace::cli {

namespace {

/// When nobody tells how wide the terminal is (a pipe, a file).
constexpr size_t kDefaultWidth = 120;
constexpr std::string_view kRed = "\033[31m";
constexpr std::string_view kPlain = "\033[0m";

class FileSink final : public TextSink {
public:
    explicit FileSink(std::FILE* file) : file_(file) {}
    void write(std::string_view text) override {
        std::fwrite(text.data(), 1, text.size(), file_);
        std::fflush(file_);
    }

private:
    std::FILE* file_;
};

}  // namespace

Console::Console(const Options& options)
    : Console(options, std::make_unique<FileSink>(stdout), std::make_unique<FileSink>(stderr)) {}

Console::Console(const Options& options, std::unique_ptr<TextSink> out,
                 std::unique_ptr<TextSink> err)
    : options_(options), out_(std::move(out)), err_(std::move(err)) {}

void Console::print(std::string_view text) {
    out_->write(text);
    spool(text);
}

void Console::print_line(std::string_view line) {
    print(std::string(line) + "\n");
}

void Console::note(std::string_view line) {
    if (options_.interactive) {
        print_line(line);
    } else {
        err_->write(std::string(line) + "\n");
    }
}

void Console::error(std::string_view message) {
    if (options_.color) {
        err_->write(fmt::format("{}{}{}\n", kRed, message, kPlain));
    } else {
        err_->write(std::string(message) + "\n");
    }
    spool(std::string(message) + "\n");
}

size_t Console::width() const {
    if (options_.width > 0) return options_.width;
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    if (const char* columns = std::getenv("COLUMNS")) {
        const long value = std::strtol(columns, nullptr, 10);
        if (value > 0 && value < 10'000) return static_cast<size_t>(value);
    }
    return kDefaultWidth;
}

Status Console::start_spool(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "a");
    if (file == nullptr) {
        return {Fault::kFatal, fmt::format("Cannot write to {}: {}", path, std::strerror(errno))};
    }
    spool_.reset(file);
    spool_path_ = path;
    return Status::ok();
}

std::string Console::stop_spool() {
    spool_.reset();
    return std::exchange(spool_path_, {});
}

void Console::spool_input(std::string_view line) {
    spool(std::string(line) + "\n");
}

void Console::spool(std::string_view text) {
    if (!spool_) return;
    std::fwrite(text.data(), 1, text.size(), spool_.get());
    std::fflush(spool_.get());
}

}  // namespace millrace::cli
