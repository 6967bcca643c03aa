#include "engine/config/settings.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "engine/base/error.h"

using namespace millrace;

namespace {

class Folder {
public:
    Folder()
        : path_(std::filesystem::temp_directory_path() / ("config." + std::to_string(getpid()))) {
        std::filesystem::create_directories(path_);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name) << text;
        return (path_ / name).string();
    }
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

std::string value(const Settings& settings, const std::string& name) {
    auto found = settings.find(name);
    return found == settings.end() ? "(none)" : found->second.value;
}

template <class Call>
std::string refusal(Call call) {
    try {
        call();
        return "";
    } catch (const StatementError& error) {
        return error.what();
    }
}

}  // namespace

TEST_CASE("properties text is Java's", "[config][settings]") {
    const auto values = parse_properties(
        "# a comment\n! another\n  a=1\nb : 2\nc 3\nd\\ e=x\\u00e4\\n\nf=1,\\\n   "
        "2\r\ng=\nh=a=b:c\n"
        "path=C\\:\\\\x\n");
    CHECK(values == std::map<std::string, std::string>{{"a", "1"},
                                                       {"b", "2"},
                                                       {"c", "3"},
                                                       {"d e", "x\xc3\xa4\n"},
                                                       {"f", "1,2"},
                                                       {"g", ""},
                                                       {"h", "a=b:c"},
                                                       {"path", "C:\\x"}});
}

TEST_CASE("an escape that is no character is refused with its line", "[config][settings]") {
    Folder folder;
    const auto file = folder.write("a.properties", "a=1,\\\n2\n\nb=x\\uZZZZ\n");
    CHECK(refusal([&] { read_properties_file(file); }) ==
          file + ": line 4: \\uZZZZ is no character: \\u needs four hexadecimal digits");
    CHECK(refusal([] { parse_properties("a=\\u12"); }).find("line 1: \\u12 is") == 0);
    CHECK(refusal([] { parse_properties("a=\\ud83d!"); }).find("line 1: half of a pair") == 0);
    CHECK(parse_properties("a=\\ud83d\\ude00").at("a") == "\xf0\x9f\x98\x80");
}

TEST_CASE("a mark at the beginning is no part of the first name", "[config][settings]") {
    CHECK(parse_properties("\xEF\xBB\xBF"
                           "a=1\nb=2")
              .at("a") == "1");
    CHECK_THROWS_AS(parse_properties(std::string("\xFF\xFE"
                                                 "a\0=\0",
                                                 6)),
                    StatementError);
}

TEST_CASE("an error names a reference and not what it stands for", "[config][settings]") {
    for (const auto& [name, value] :
         std::map<std::string, std::string>{{"commit.interval.ms", "geheim"},
                                            {"listeners", "geheim"},
                                            {"ksql.access.validator.enable", "on"}}) {
        const std::string variable = "V=" + value;
        const char* const environment[] = {variable.c_str(), nullptr};
        auto settings = settings_of({{name, "${env:V}"}}, "f");
        expand_references(settings, environment);
        CHECK(settings.at(name).value == value);
        try {
            Config config(settings);
            FAIL(name);
        } catch (const StatementError& error) {
            const std::string said = error.what();
            INFO(said);
            CHECK(said.find("${env:V}") != std::string::npos);
            CHECK(said.find("geheim") == std::string::npos);
        }
    }
}

TEST_CASE("a folder or nothing is no properties file", "[config][settings]") {
    Folder folder;
    CHECK(refusal([&] { read_properties_file(folder.path()); }) ==
          folder.path() + " is a folder, not a properties file");
    CHECK(refusal([&] { read_properties_file(folder.path() + "/none"); }) ==
          "Cannot read the properties file " + folder.path() + "/none");
}

TEST_CASE("variables are properties, as in ksqlDB's images", "[config][settings]") {
    const char* environment[] = {"KSQL_LISTENERS=http://0.0.0.0:9000",
                                 "KSQL_KSQL_SERVICE_ID=shop_",
                                 "KSQL_KSQL_STREAMS_NUM_STREAM_THREADS=2",
                                 "KSQL_A__B=dash",
                                 "KSQL_A___B=underscore",
                                 "KSQL_X=one\ntwo\\three",
                                 "KSQL_HEAP_OPTS=-Xmx1g",
                                 "KSQL_LOG4J_ROOT_LOGLEVEL=INFO",
                                 "OTHER=1",
                                 "KSQL_OPTS=-Xmx1g -Dksql.service.id=b_ -Dno",
                                 nullptr};
    const auto settings = environment_settings(environment);
    CHECK(settings.size() == 6);
    CHECK(value(settings, "listeners") == "http://0.0.0.0:9000");
    CHECK(settings.at("listeners").origin == "KSQL_LISTENERS");
    CHECK(value(settings, "num.stream.threads") == "2");
    CHECK(value(settings, "a-b") == "dash");
    CHECK(value(settings, "a_b") == "underscore");
    CHECK(value(settings, "x") == "one\ntwo\\three");
    CHECK(value(settings, "ksql.service.id") == "b_");
    CHECK(settings.at("ksql.service.id").origin == "KSQL_OPTS");
}

TEST_CASE("KSQL_OPTS is split as a shell does", "[config][settings]") {
    const auto of = [](const std::string& options) {
        const std::string variable = "KSQL_OPTS=" + options;
        const char* environment[] = {variable.c_str(), nullptr};
        return environment_settings(environment);
    };
    CHECK(value(of(R"(-Dsasl.jaas.config=org.x.Plain\ required -Da=1)"), "sasl.jaas.config") ==
          "org.x.Plain required");
    CHECK(value(of(R"(-Xmx1g "-Da=b c" -Dd=2)"), "a") == "b c");
    CHECK(value(of(R"(-Da='x "y" \z'"\"w\" \n")"), "a") == R"(x "y" \z"w" \n)");
    CHECK(value(of("-cp /x -Da= -Db=1"), "a") == "");
    CHECK(refusal([&] { of("-Da=1 \"-Dsasl.password=geheim -Db=2"); }) ==
          "KSQL_OPTS: the quote in -Dsasl.password is not closed");
    CHECK(refusal([&] { of("-Dsasl.jaas.config=org.x.Plain geheim"); }) ==
          "KSQL_OPTS: what follows -Dsasl.jaas.config=… is no option; put quotes around a value "
          "with blanks");
}

TEST_CASE("the command line wins over the environment over the file", "[config][settings]") {
    Folder folder;
    const auto file = folder.write(
        "a.properties",
        "a=file\nb=file\nc=file\ncommit.interval.ms=1\nksql.streams.commit.interval.ms=2\n");
    const char* environment[] = {"KSQL_B=variable", "KSQL_C=variable", nullptr};
    auto settings = gather_settings(file, environment, {"c=word"});
    CHECK(value(settings, "a") == "file");
    CHECK(value(settings, "b") == "variable");
    CHECK(value(settings, "c") == "word");
    CHECK(value(settings, "commit.interval.ms") == "2");
    CHECK(settings.at("a").origin == file);
    CHECK(settings.at("c").origin == "-D");
    settings = gather_settings(file, environment, {"commit.interval.ms=3"});
    CHECK(value(settings, "commit.interval.ms") == "3");
    CHECK(refusal([&] { gather_settings("", nullptr, {"nonsense"}); }) ==
          "-D needs key=value, not 'nonsense'");
}

TEST_CASE("references are expanded as by Kafka's config providers", "[config][settings]") {
    Folder folder;
    const auto secrets = folder.write("secrets.properties", "pw=s3cr=t\nuser=me\n");
    const char* environment[] = {"PW=geheim", nullptr};
    const auto expanded = [&](const std::string& text, const Settings& more = {}) {
        Settings settings = more;
        settings["x"] = {text, "", "x"};
        expand_references(settings, environment);
        return value(settings, "x");
    };
    CHECK(expanded("password=\"${env:PW}\";") == "password=\"geheim\";");
    CHECK(expanded("${file:" + secrets + ":user}/${file:" + secrets + ":pw}") == "me/s3cr=t");
    CHECK(expanded("${x} ${vault:a:b} $") == "${x} ${vault:a:b} $");
    CHECK(refusal([&] { expanded("${env:NO}"); }) == "x: there is no environment variable NO");
    CHECK(refusal([&] { expanded("${file:" + secrets + ":no}"); }) ==
          "x: " + secrets + " has no key no");
    CHECK(refusal([&] { expanded("${file:/none:no}"); }).find("x: Cannot read") == 0);
    const auto declared = [](const std::string& name, const std::string& made_by) {
        return settings_of(
            {{"config.providers", name}, {"config.providers." + name + ".class", made_by}}, "");
    };
    CHECK(expanded("${safe:" + secrets + ":user}",
                   declared("safe",
                            "org.apache.kafka.common.config.provider.FileConfigProvider")) == "me");
    CHECK(refusal([&] {
              expanded("", declared("safe", "x.SecurePassConfigProvider"));
          }).find("config.providers: safe is x.SecurePassConfigProvider") == 0);
}
