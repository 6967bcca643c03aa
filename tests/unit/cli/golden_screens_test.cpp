// The same session recorded twice from a real ksqlDB shell, once in each output format: what the
// JSON says must give the tabular screen, and its own text again.
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "cli/entity_printer.h"
#include "cli/row_printer.h"

using namespace millrace;
using namespace millrace::cli;

namespace {

constexpr size_t kRecordedWidth = 120;
constexpr std::string_view kMark = "#### ";
constexpr std::string_view kPrompt = "ksql> ";

struct Screen {
    std::string statement;
    std::string text;
};

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The recording, cut at its statements; what the next prompt began is dropped.
std::vector<Screen> read_screens(const std::string& path) {
    const std::string all = read_file(path);
    std::vector<Screen> screens;
    for (size_t at = all.find(kMark); at != std::string::npos;) {
        const size_t next = all.find(std::string("\n") + std::string(kMark), at);
        std::string block = all.substr(at + kMark.size(), next - at - kMark.size());
        const size_t line_end = block.find('\n');
        Screen screen;
        screen.statement = block.substr(0, line_end);
        if (line_end != std::string::npos && line_end + 2 <= block.size()) {
            screen.text = block.substr(line_end + 2);
        }
        const size_t prompt = screen.text.rfind(kPrompt);
        if (prompt != std::string::npos) screen.text.resize(prompt);
        screens.push_back(std::move(screen));
        at = next == std::string::npos ? next : next + 1;
    }
    return screens;
}

struct Recording {
    std::vector<Screen> json;
    std::vector<Screen> tabular;
};

Recording read_recording() {
    // Tests run in the source directory.
    const std::string folder = "../shared/golden/cli/";
    return {read_screens(folder + "json.txt"), read_screens(folder + "tabular.txt")};
}

std::string without_trailing_blanks(const std::string& text) {
    std::istringstream lines(text);
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

/// The rows that RowPrinter makes of a query's JSON screen.
std::string tabular_rows(const std::string& json_screen, const RowLayout& layout) {
    JsonObjectScanner scanner;
    std::string out;
    std::vector<std::string> names;
    for (const std::string& object : scanner.add(json_screen)) {
        const auto value = parse_json_tree(object);
        REQUIRE(value);
        if (value->find("schema")) {
            names = schema_column_names(value->text_of("schema"));
            out += RowPrinter(names, layout).header();
        } else {
            out += RowPrinter(names, layout).row((*value)["columns"], value->is_true("tombstone"));
        }
    }
    return out;
}

}  // namespace

TEST_CASE("Recorded entities print as the recorded screens", "[cli][golden]") {
    const Recording recording = read_recording();
    if (recording.json.empty()) {
        WARN("no recording beside the source tree: nothing compared");
        return;
    }
    REQUIRE(recording.json.size() == recording.tabular.size());
    int num_compared = 0;
    for (size_t i = 0; i < recording.json.size(); ++i) {
        const Screen& json = recording.json[i];
        const Screen& tabular = recording.tabular[i];
        CHECK(json.statement == tabular.statement);
        const auto entities = parse_json_tree(json.text);
        if (!entities || !entities->is_array() || entities->items.empty()) continue;
        CHECK(pretty_json(*entities) + "\n" == json.text);
        if (entities->items[0].text_of("@type").empty()) continue;
        // Ids of queries count on from one recording to the other.
        if (json.text.find("Created query with ID") != std::string::npos) continue;
        // Consumers and queries came and went in between.
        if (json.statement == "SHOW TOPICS EXTENDED;" || json.statement == "SHOW QUERIES;")
            continue;
        INFO(json.statement);
        const std::string screen = entities_text(*entities, kRecordedWidth);
        if (json.text.find("<HOST:PORT>") != std::string::npos) {
            // The mask is shorter than what was there: the cells' padding tells.
            CHECK(without_trailing_blanks(screen) == without_trailing_blanks(tabular.text));
        } else {
            CHECK(screen == tabular.text);
        }
        ++num_compared;
    }
    CHECK(num_compared >= 19);
}

TEST_CASE("Recorded rows print as the recorded boxes", "[cli][golden]") {
    const Recording recording = read_recording();
    RowLayout layout;
    layout.terminal_width = kRecordedWidth;
    int num_compared = 0;
    for (size_t i = 0; i < recording.json.size(); ++i) {
        const std::string& statement = recording.json[i].statement;
        if (statement == "SET CLI COLUMN-WIDTH 12") layout.column_width = 12;
        if (statement == "SET CLI COLUMN-WIDTH 0") layout.column_width = 0;
        if (statement == "SET CLI WRAP OFF") layout.wrap = false;
        if (statement.rfind("SELECT", 0) != 0 || recording.json[i].text[0] != '{') continue;
        INFO(statement);
        const std::string& screen = recording.tabular[i].text;
        const std::string rows = tabular_rows(recording.json[i].text, layout);
        CHECK(rows == screen.substr(0, rows.size()));
        ++num_compared;
    }
    if (!recording.json.empty()) CHECK(num_compared >= 8);
}
