#include "engine/config/settings.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/config/table.h"

namespace millrace {

namespace {

void lay_over(Settings& below, Settings above) {
    for (auto& [name, setting] : above) below[name] = std::move(setting);
}

/// Words of the images that are no property of the server.
bool is_for_launcher(const std::string& name) {
    static const std::set<std::string> kNames = {"KSQL_OPTS",
                                                 "KSQL_HEAP_OPTS",
                                                 "KSQL_JMX_OPTS",
                                                 "KSQL_LOG4J_OPTS",
                                                 "KSQL_CLASSPATH",
                                                 "KSQL_GC_LOG_OPTS",
                                                 "KSQL_CONFIG_DIR",
                                                 "KSQL_JVM_PERFORMANCE_OPTS",
                                                 "KSQL_CONNECT_GROUP_ID"};
    return kNames.count(name) != 0 || name.starts_with("KSQL_LOG4J_");
}

/// "KSQL_A__B_C" → "a-b.c".
std::string property_of_variable(std::string_view variable) {
    std::string name;
    variable.remove_prefix(std::string_view("KSQL_").size());
    for (size_t i = 0; i < variable.size();) {
        size_t run = 0;
        while (i + run < variable.size() && variable[i + run] == '_' && run < 3) ++run;
        if (run == 0) {
            name += variable[i++];
            continue;
        }
        name += run == 3 ? '_' : run == 2 ? '-' : '.';
        i += run;
    }
    return lower_ascii(name);
}

void take_pair(const std::string& word, const std::string& origin, Settings& out) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
        refuse(ErrorKind::kGeneral, "-D needs key=value, not '" + word.substr(0, equals) + "'");
    }
    lay_over(out, settings_of({{word.substr(0, equals), word.substr(equals + 1)}}, origin));
}

}  // namespace

Settings settings_of(const std::map<std::string, std::string>& properties,
                     const std::string& origin) {
    Settings settings;
    // In the order of names, so that `ksql.streams.X` is looked at again after all of the rest.
    for (const bool prefixed : {false, true}) {
        for (const auto& [name, value] : properties) {
            if (name.starts_with(kStreamsPrefix) != prefixed) continue;
            settings[property_name(name)] = {value, origin, name};
        }
    }
    return settings;
}

std::map<std::string, std::string> read_properties_file(const std::string& path) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
        refuse(ErrorKind::kGeneral, path + " is a folder, not a properties file");
    }
    std::ifstream in(path);
    if (!in) refuse(ErrorKind::kGeneral, "Cannot read the properties file " + path);
    std::stringstream text;
    text << in.rdbuf();
    if (in.bad()) refuse(ErrorKind::kGeneral, "Cannot read the properties file " + path);
    return parse_properties(text.str());
}

Settings environment_settings(const char* const* environment) {
    Settings settings;
    std::string options;
    for (; environment != nullptr && *environment != nullptr; ++environment) {
        const std::string entry = *environment;
        const size_t equals = entry.find('=');
        if (equals == std::string::npos) continue;
        const std::string variable = entry.substr(0, equals);
        if (variable == "KSQL_OPTS") options = entry.substr(equals + 1);
        if (variable.size() <= 5 || !variable.starts_with("KSQL_") || is_for_launcher(variable))
            continue;
        lay_over(settings, settings_of({{property_of_variable(variable), entry.substr(equals + 1)}},
                                       variable));
    }
    // Splitting at blanks is what a JVM's launcher does with this variable, too.
    std::istringstream words(options);
    for (std::string word; words >> word;) {
        if (word.starts_with("-D") && word.find('=') != std::string::npos)
            take_pair(word.substr(2), "KSQL_OPTS", settings);
    }
    return settings;
}

Settings gather_settings(const std::string& file, const char* const* environment,
                         const std::vector<std::string>& words) {
    Settings settings;
    if (!file.empty()) settings = settings_of(read_properties_file(file), file);
    lay_over(settings, environment_settings(environment));
    for (const auto& word : words) take_pair(word, "-D", settings);
    expand_references(settings, environment);
    return settings;
}

}  // namespace millrace
