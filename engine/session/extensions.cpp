#include "engine/session/extensions.h"

#include <filesystem>

#include "engine/base/log.h"
#include "engine/config/get.h"
#include "engine/functions/extension.h"

namespace millrace {

namespace {

constexpr const char* kLogger = "session.extensions";

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : ",") + name;
    return out;
}

}  // namespace

std::string extension_directory(const Config& config) {
    namespace fs = std::filesystem;
    if (config.is_set("ksql.extension.dir")) return config.get<"ksql.extension.dir">();
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    return error ? std::string()
                 : (program.parent_path() / config.get<"ksql.extension.dir">()).string();
}

std::unique_ptr<const FunctionRegistry> load_functions(const Config& config) {
    auto registry = std::make_unique<FunctionRegistry>(FunctionRegistry::builtin().clone());
    if (!config.get<"ksql.udfs.enabled">()) return registry;
    const std::string directory = extension_directory(config);
    std::error_code error;
    if (!std::filesystem::is_directory(directory, error)) {
        if (config.is_set("ksql.extension.dir"))
            log_warn(kLogger, "ksql.extension.dir={} is no folder: no custom functions", directory);
        return registry;
    }
    for (const LoadedLibrary& library : load_libraries(directory, *registry)) {
        if (library.refusal.empty()) {
            log_info(kLogger, "library={} functions={}", library.path, joined(library.functions));
        } else {
            log_error(kLogger, "library={} refused: {}", library.path, library.refusal);
        }
    }
    return registry;
}

}  // namespace millrace
