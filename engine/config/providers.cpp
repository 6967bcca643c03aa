// ${env:NAME} and ${file:PATH:KEY} in values.
#include <optional>
#include <string_view>
#include <utility>

#include "engine/base/error.h"
#include "engine/config/settings.h"
#include "engine/config/value.h"

namespace millrace {

namespace {

enum class ProviderKind { kEnvironment, kFile };

/// ${provider:path:key} or ${provider:key}, with where it stands.
struct Reference {
    size_t begin = 0;
    size_t end = 0;
    std::string provider, path, key;
};

class Expander {
public:
    Expander(const Settings& settings, const char* const* environment) : environment_(environment) {
        auto declared = settings.find("config.providers");
        if (declared == settings.end()) return;
        for (const auto& name : split_list(declared->second.value)) declare(name, settings);
    }

    std::string expanded(const std::string& name, const std::string& value) {
        std::string out;
        size_t at = 0;
        while (auto reference = next_reference(value, at)) {
            out += value.substr(at, reference->begin - at);
            auto provider = providers_.find(reference->provider);
            // A name that nobody provides is no reference: text that happens to look so.
            out += provider == providers_.end()
                       ? value.substr(reference->begin, reference->end - reference->begin)
                       : looked_up(name, provider->second, *reference);
            at = reference->end;
        }
        return out + value.substr(at);
    }

private:
    void declare(const std::string& name, const Settings& settings) {
        const std::string prefix = "config.providers." + name + ".";
        auto given = settings.find(prefix + "class");
        const std::string made_by = given == settings.end() ? "" : given->second.value;
        if (settings.lower_bound(prefix + "param.") != settings.upper_bound(prefix + "param/")) {
            refuse(ErrorKind::kGeneral,
                   prefix + "param.*: parameters of config providers are not supported");
        }
        if (made_by.ends_with(".EnvVarConfigProvider")) {
            providers_[name] = ProviderKind::kEnvironment;
        } else if (made_by.ends_with(".FileConfigProvider")) {
            providers_[name] = ProviderKind::kFile;
        } else if (!made_by.empty() || providers_.count(name) == 0) {
            refuse(ErrorKind::kGeneral,
                   "config.providers: " + name + " is " + (made_by.empty() ? "unknown" : made_by) +
                       "; supported are EnvVarConfigProvider and FileConfigProvider");
        }
    }

    static std::optional<Reference> next_reference(const std::string& value, size_t from) {
        const size_t begin = value.find("${", from);
        if (begin == std::string::npos) return std::nullopt;
        const size_t close = value.find('}', begin);
        const size_t colon = value.find(':', begin);
        if (close == std::string::npos) return std::nullopt;
        if (colon == std::string::npos || colon > close) return next_reference(value, begin + 2);
        Reference found{begin, close + 1, value.substr(begin + 2, colon - begin - 2), "", ""};
        const std::string rest = value.substr(colon + 1, close - colon - 1);
        // The path ends at the next colon, as Kafka's pattern has it.
        const size_t second = rest.find(':');
        if (second != std::string::npos) found.path = rest.substr(0, second);
        found.key = second == std::string::npos ? rest : rest.substr(second + 1);
        return found;
    }

    std::string looked_up(const std::string& name, ProviderKind kind, const Reference& reference) {
        if (kind == ProviderKind::kEnvironment) {
            const std::string start = reference.key + "=";
            for (const char* const* at = environment_; at != nullptr && *at != nullptr; ++at) {
                if (std::string_view(*at).starts_with(start)) return *at + start.size();
            }
            refuse(ErrorKind::kGeneral,
                   name + ": there is no environment variable " + reference.key);
        }
        auto file = files_.find(reference.path);
        if (file == files_.end()) {
            try {
                file = files_.emplace(reference.path, read_properties_file(reference.path)).first;
            } catch (const StatementError& error) {
                refuse(ErrorKind::kGeneral, name + ": " + error.what());
            }
        }
        auto found = file->second.find(reference.key);
        if (found == file->second.end()) {
            refuse(ErrorKind::kGeneral,
                   name + ": " + reference.path + " has no key " + reference.key);
        }
        return found->second;
    }

    const char* const* environment_;
    std::map<std::string, ProviderKind> providers_{{"env", ProviderKind::kEnvironment},
                                                   {"file", ProviderKind::kFile}};
    std::map<std::string, std::map<std::string, std::string>> files_;
};

}  // namespace

void expand_references(Settings& settings, const char* const* environment) {
    Expander expander(settings, environment);
    for (auto& [name, setting] : settings) {
        if (name.starts_with("config.providers")) continue;
        std::string expanded = expander.expanded(setting.name, setting.value);
        if (expanded != setting.value) setting.written = std::exchange(setting.value, expanded);
    }
}

}  // namespace millrace
