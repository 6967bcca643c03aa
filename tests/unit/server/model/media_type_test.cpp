#include "server/model/media_type.h"

#include <array>
#include <catch2/catch.hpp>

using namespace millrace::server;

namespace {
constexpr std::array kStream = {MediaType::kDelimited, MediaType::kJson, MediaType::kV1Json};

std::optional<MediaType> choose(std::optional<std::string_view> accept) {
    return choose_media_type(accept, kStream);
}
}  // namespace

TEST_CASE("The client's Accept header decides, else the route's first format") {
    CHECK(choose(std::nullopt) == MediaType::kDelimited);
    CHECK(choose("") == MediaType::kDelimited);
    CHECK(choose("*/*") == MediaType::kDelimited);
    CHECK(choose("application/json, text/plain, */*") == MediaType::kJson);
    CHECK(choose("application/json; charset=utf-8") == MediaType::kJson);
    CHECK(choose("Application/Vnd.Ksql.V1+JSON") == MediaType::kV1Json);
    CHECK(choose("application/json;q=0.5, application/vnd.ksql.v1+json;q=0.9") ==
          MediaType::kV1Json);
    CHECK(choose("text/html") == std::nullopt);
    CHECK(choose("application/json;q=0") == std::nullopt);
}
