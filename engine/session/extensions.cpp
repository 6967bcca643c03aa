#include "engine/session/extensions.h"

#include <filesystem>

#include "engine/base/log.h"
#include "engine/functions/extension.h"

namespace millrace {

namespace {

constexpr const char* kLogger = "session.extensions";
constexpr const char* kDirectory = "ksql.extension.dir";

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : ",") + name;
    return out;
}

}  // namespace

std::string extension_directory(const ServerProperties& properties) {
    namespace fs = std::filesystem;
    if (properties.values().count(kDirectory) != 0) return properties.get(kDirectory);
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    return error ? std::string() : (program.parent_path() / properties.get(kDirectory)).string();
}

std::unique_ptr<const FunctionRegistry> load_functions(const ServerProperties& properties) {
    auto registry = std::make_unique<FunctionRegistry>(FunctionRegistry::builtin().clone());
    if (!properties.get_bool("ksql.udfs.enabled")) return registry;
    const std::string directory = extension_directory(properties);
    std::error_code error;
    if (!std::filesystem::is_directory(directory, error)) {
        if (properties.values().count(kDirectory) != 0)
            log_warn(kLogger, "{}={} is no folder: no custom functions", kDirectory, directory);
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
