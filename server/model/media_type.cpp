#include "server/model/media_type.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/base/text.h"

namespace millrace::server {

namespace {

struct Range {
    std::string name;
    double weight = 1;
};

std::vector<Range> parse_accept(std::string_view accept) {
    std::vector<Range> ranges;
    for (std::string_view item : split(accept, ',')) {
        const auto parts = split(item, ';');
        Range range{lower_ascii(parts.front()), 1};
        for (std::string_view parameter : parts) {
            if (parameter.starts_with("q=")) {
                range.weight = std::strtod(std::string(parameter.substr(2)).c_str(), nullptr);
            }
        }
        if (!range.name.empty()) ranges.push_back(std::move(range));
    }
    std::stable_sort(ranges.begin(), ranges.end(),
                     [](const Range& a, const Range& b) { return a.weight > b.weight; });
    return ranges;
}

bool matches(std::string_view range, std::string_view name) {
    return range == "*/*" || range == "*" || range == "application/*" || range == name;
}

}  // namespace

std::string_view media_type_name(MediaType type) {
    switch (type) {
        case MediaType::kJson:
            return "application/json";
        case MediaType::kV1Json:
            return "application/vnd.ksql.v1+json";
        case MediaType::kDelimited:
            return "application/vnd.ksqlapi.delimited.v1";
        case MediaType::kProtobuf:
            return "application/vnd.ksql.v1+protobuf";
    }
    return "";
}

std::optional<MediaType> choose_media_type(std::optional<std::string_view> accept,
                                           std::span<const MediaType> offered) {
    if (!accept || trim(*accept).empty()) return offered.front();
    for (const auto& range : parse_accept(*accept)) {
        if (range.weight <= 0) continue;
        for (MediaType type : offered) {
            if (matches(range.name, media_type_name(type))) return type;
        }
    }
    return std::nullopt;
}

}  // namespace millrace::server
