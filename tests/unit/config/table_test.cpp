// The table is held to the code: what it says is read is read, and what the page says is current.
#include "engine/config/table.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "engine/config/reference.h"
#include "engine/config/value.h"

using namespace millrace;

namespace {

std::string read_file(const std::filesystem::path& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

/// All of the product but the table itself. The tests run in the tree's root.
std::string product_sources() {
    std::string text;
    for (const char* top : {"engine", "server", "cli"}) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(top)) {
            const auto& path = entry.path();
            const std::string name = path.filename().string();
            if (name.starts_with("table_") && path.parent_path().filename() == "config") continue;
            if (path.extension() == ".cpp" || path.extension() == ".h") text += read_file(path);
        }
    }
    return text;
}

}  // namespace

TEST_CASE("every property that the table calls read is read somewhere", "[config][table]") {
    const std::string sources = product_sources();
    REQUIRE(sources.size() > 100'000);
    for (const Property& row : kProperties) {
        const std::string name(row.name);
        INFO(name << ": no get<\"" << name << "\"> in engine, server or cli");
        const bool looked_up = row.is_family() || row.use != PropertyUse::kRead;
        if (!looked_up) CHECK(sources.find("get<\"" + name + "\">") != std::string::npos);
        // Families are looked up by names that are put together.
        if (row.is_family() && row.use == PropertyUse::kRead)
            CHECK(sources.find("\"" + name) != std::string::npos);
    }
}

TEST_CASE("rows say what they need to", "[config][table]") {
    std::set<std::string_view> names;
    for (const Property& row : kProperties) {
        INFO(row.name);
        CHECK(names.insert(row.name).second);
        CHECK_FALSE(row.about.empty());
        CHECK(row.about.back() == '.');
        CHECK(row.refused.empty() == row.lacking.empty());
        if (row.default_value != nullptr) {
            CHECK(parse_property(row, row.default_value).problem.empty());
            CHECK_FALSE(is_refused_value(row, row.default_value));
        }
        CHECK(find_property(row.name) != nullptr);
        CHECK(property_name(shown_property_name(row)) == row.name);
    }
}

TEST_CASE("docs/configuration.md is current", "[config][table]") {
    INFO("millrace server --reference > docs/configuration.md");
    CHECK(read_file("docs/configuration.md") == configuration_reference());
}
