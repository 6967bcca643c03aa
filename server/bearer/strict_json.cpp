#include "server/bearer/strict_json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace millrace::bearer {

using nlohmann::json;

namespace {

constexpr int kDepthMax = 32;

struct Unwanted {
    const char* why;
};

/// The names of the objects that are open, the innermost last.
class OpenNames {
public:
    void see(int depth, json::parse_event_t event, const json& value) {
        if (depth > kDepthMax) throw Unwanted{"it is nested too deeply"};
        if (event == json::parse_event_t::object_start) names_.emplace_back();
        if (event == json::parse_event_t::object_end) names_.pop_back();
        if (event != json::parse_event_t::key) return;
        if (!names_.back().insert(value.get<std::string>()).second)
            throw Unwanted{"a member stands in it twice"};
    }

private:
    std::vector<std::set<std::string>> names_;
};

}  // namespace

Result<json> parse_strict_object(std::string_view text) {
    OpenNames names;
    auto look = [&](int depth, json::parse_event_t event, json& value) {
        names.see(depth, event, value);
        return true;
    };
    try {
        json parsed = json::parse(text, look);
        if (parsed.is_object()) return parsed;
        return Status(Fault::kRefused, "it is no JSON object");
    } catch (const Unwanted& unwanted) {
        return Status(Fault::kRefused, unwanted.why);
    } catch (const json::exception&) {  // Its message shows what stands there.
        return Status(Fault::kRefused, "it is no JSON");
    }
}

}  // namespace millrace::bearer
