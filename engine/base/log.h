// The server's own log: what an operator acts on. `key=value` pairs; query id and task id always.
// Never per record, never in types, exec or functions. Thread-safe.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace millrace {

enum class LogLevel { kDebug, kInfo, kWarn, kError, kOff };

/// Before the first line; lines go to stdout, or to stderr when asked (the shell keeps stdout
/// clean).
void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);
/// `logger` is the module, e.g. "runtime.worker".
void write_log(LogLevel level, std::string_view logger, const std::string& message);

template <class... Args>
void log_line(LogLevel level, std::string_view logger, fmt::format_string<Args...> format,
              Args&&... args) {
    if (log_enabled(level)) {
        write_log(level, logger, fmt::format(format, std::forward<Args>(args)...));
    }
}
template <class... Args>
void log_info(std::string_view logger, fmt::format_string<Args...> format, Args&&... args) {
    log_line(LogLevel::kInfo, logger, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_warn(std::string_view logger, fmt::format_string<Args...> format, Args&&... args) {
    log_line(LogLevel::kWarn, logger, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_error(std::string_view logger, fmt::format_string<Args...> format, Args&&... args) {
    log_line(LogLevel::kError, logger, format, std::forward<Args>(args)...);
}
template <class... Args>
void log_debug(std::string_view logger, fmt::format_string<Args...> format, Args&&... args) {
    log_line(LogLevel::kDebug, logger, format, std::forward<Args>(args)...);
}

}  // namespace millrace
