#include "engine/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <mutex>

namespace millrace {

namespace {

std::atomic<LogLevel> g_level{LogLevel::kInfo};

spdlog::logger& sink() {
    static std::once_flag once;
    static std::shared_ptr<spdlog::logger> logger;
    std::call_once(once, [] {
        logger = std::make_shared<spdlog::logger>(
            "millrace", std::make_shared<spdlog::sinks::stdout_sink_mt>());
        logger->set_pattern("[%Y-%m-%d %H:%M:%S,%e] %v");
        logger->set_level(spdlog::level::trace);
        logger->flush_on(spdlog::level::trace);
    });
    return *logger;
}

const char* name_of(LogLevel level) {
    switch (level) {
        case LogLevel::kDebug:
            return "DEBUG";
        case LogLevel::kInfo:
            return "INFO";
        case LogLevel::kWarn:
            return "WARN";
        default:
            return "ERROR";
    }
}

}  // namespace

void set_log_level(LogLevel level) {
    g_level = level;
}
bool log_enabled(LogLevel level) {
    return level >= g_level.load(std::memory_order_relaxed);
}

void write_log(LogLevel level, std::string_view logger, const std::string& message) {
    sink().info("{} {} ({})", name_of(level), message, logger);
}

}  // namespace millrace
