// Where the server's properties come from: a file, KSQL_* variables, KSQL_OPTS, words of the
// command line; each over the one before. Used at start, by the main thread.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace millrace {

struct Setting {
    std::string value;
    std::string origin;  ///< "conf/server.properties", "KSQL_LISTENERS", "-D"; empty: none to tell.
    std::string name;    ///< As it was written.
    std::string written = {};  ///< The value with its ${…}, where there are any; what they name may
                               ///< be a secret.
};

/// By the name that the table knows them under (property_name).
using Settings = std::map<std::string, Setting>;

/// All of one origin. Of `X` and `ksql.streams.X` the second wins, as in ksqlDB.
Settings settings_of(const std::map<std::string, std::string>& properties,
                     const std::string& origin);

/// Java properties text: `key=value`, comments, continuation lines, \uXXXX. Throws
/// StatementError(kGeneral).
std::map<std::string, std::string> parse_properties(const std::string& text);
/// The same from a file. Throws StatementError(kGeneral) when it cannot be read or is a folder.
std::map<std::string, std::string> read_properties_file(const std::string& path);

/// Variables of the environment as ksqlDB's images take them: KSQL_KSQL_SERVICE_ID is
/// ksql.service.id; `_` is a dot, `__` a dash, `___` an underscore; those meant for a JVM are left
/// out. KSQL_OPTS gives its -Dkey=value words, which win.
Settings environment_settings(const char* const* environment);

/// The properties of a file (none: empty), of the environment, of `key=value` words; references
/// expanded. Throws StatementError(kGeneral).
Settings gather_settings(const std::string& file, const char* const* environment,
                         const std::vector<std::string>& words);

/// Puts in ${env:NAME} and ${file:PATH:KEY} what they name, as Kafka's config providers do;
/// config.providers may give those two other names. Throws StatementError(kGeneral) for what cannot
/// be looked up: Kafka would take the reference itself for the value, and a password be wrong.
void expand_references(Settings& settings, const char* const* environment);

}  // namespace millrace
