#include "engine/config/settings.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/read_file.h"
#include "engine/base/text.h"
#include "engine/config/table.h"

namespace millrace {

namespace {

void lay_over(Settings& below, Settings above) {
    for (auto& [name, setting] : above) below[name] = std::move(setting);
}

/// Words of the images that are no property of the server.
bool is_for_launcher(const std::string& name) {
    static const std::set<std::string> names = {"KSQL_OPTS",
                                                "KSQL_HEAP_OPTS",
                                                "KSQL_JMX_OPTS",
                                                "KSQL_LOG4J_OPTS",
                                                "KSQL_CLASSPATH",
                                                "KSQL_GC_LOG_OPTS",
                                                "KSQL_CONFIG_DIR",
                                                "KSQL_JVM_PERFORMANCE_OPTS",
                                                "KSQL_CONNECT_GROUP_ID"};
    return names.count(name) != 0 || name.starts_with("KSQL_LOG4J_");
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

/// Words as a shell makes them of a line: quotes and backslashes keep blanks within a word. What
/// is wrong is told without the words themselves: they hold passwords.
class ShellWords {
public:
    explicit ShellWords(std::string_view text) : text_(text) {}

    std::vector<std::string> words() {
        for (at_ = 0; at_ < text_.size(); ++at_) take(text_[at_]);
        end_word();
        return std::move(words_);
    }

private:
    void take(char c) {
        if (kBlanks.find(c) != std::string_view::npos) return end_word();
        is_word_ = true;
        if (c == '\'' || c == '"') {
            take_quoted(c);
        } else if (c == '\\' && at_ + 1 < text_.size()) {
            word_ += text_[++at_];
        } else {
            word_ += c;
        }
    }

    void take_quoted(char quote) {
        constexpr std::string_view kEscaped = "\"\\$`";
        for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
            const bool escapes = quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size() &&
                                 kEscaped.find(text_[at_ + 1]) != std::string_view::npos;
            word_ += text_[escapes ? ++at_ : at_];
        }
        if (at_ < text_.size()) return;
        refuse(ErrorKind::kGeneral,
               "KSQL_OPTS: the quote in " + word_.substr(0, word_.find('=')) + " is not closed");
    }

    void end_word() {
        if (is_word_) words_.push_back(std::move(word_));
        is_word_ = false;
        word_.clear();
    }

    std::string_view text_;
    size_t at_ = 0;
    bool is_word_ = false;
    std::string word_;
    std::vector<std::string> words_;
};

void take_pair(const std::string& word, const std::string& origin, Settings& out) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
        refuse(ErrorKind::kGeneral, "-D needs key=value, not '" + word.substr(0, equals) + "'");
    }
    lay_over(out, settings_of({{word.substr(0, equals), word.substr(equals + 1)}}, origin));
}

/// The -Dkey=value words of KSQL_OPTS; other options are a JVM's.
void take_options(const std::string& options, Settings& out) {
    std::string key;  // Of the word before, when that was one of ours.
    for (const auto& word : ShellWords(options).words()) {
        const size_t equals = word.find('=');
        if (word.starts_with("-D") && equals != std::string::npos) {
            take_pair(word.substr(2), "KSQL_OPTS", out);
            key = word.substr(0, equals);
        } else if (!word.starts_with('-') && !key.empty()) {
            refuse(ErrorKind::kGeneral, "KSQL_OPTS: what follows " + key +
                                            "=… is no option; put quotes around a value with "
                                            "blanks");
        } else {
            key.clear();
        }
    }
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
    const auto text = read_file(path);
    if (!text) refuse(ErrorKind::kGeneral, "Cannot read the properties file " + path);
    try {
        return parse_properties(*text);
    } catch (const StatementError& error) {
        refuse(ErrorKind::kGeneral, path + ": " + error.what());
    }
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
    take_options(options, settings);
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
