#include "tests/broker/job_data.h"

#include <array>

namespace job {

namespace {

uint64_t mix(uint64_t x) {
    x = (x + 0x632be59bd9b4e019u) * 0xff51afd7ed558ccdu;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53u;
    return x ^ (x >> 33);
}

std::string page_name(uint64_t random) {
    static const std::array<const char*, 5> kKinds{"/mobile/products", "/products", "/offers",
                                                   "/search", "/orders"};
    const uint64_t number = (random >> 8) % 200;
    if (number == 0) return random % 5 == 0 ? "/mobile/home" : "/home";
    return std::string(kKinds[random % 5]) + "/" + std::to_string(number);
}

}  // namespace

void make_click(uint64_t index, Click& click) {
    const uint64_t random = mix(index);
    const uint64_t user = mix(random) % kUsers;
    int64_t time = kBaseMs + static_cast<int64_t>(index) * kClickStepMs;
    if (random % 97 == 0) {
        const auto late = static_cast<int64_t>((random >> 20) % 2'400'000);
        time = time - late < kBaseMs ? kBaseMs : time - late;
    }
    click.kind = ClickKind::kGood;
    if (index % 50'021 == 17) click.kind = ClickKind::kMalformed;
    if (index % 50'021 == 4'711) click.kind = ClickKind::kNullValue;
    if (index % 211 == 5) click.kind = ClickKind::kExtraField;
    click.user_id = "user_" + std::to_string(user);
    click.page = page_name(random >> 24);
    click.event_time = time;
    click.value.clear();
    if (click.kind == ClickKind::kMalformed) {
        click.value = R"({"user_id":")" + click.user_id + R"(","page":)";
        return;
    }
    click.value += "{";
    if (click.kind == ClickKind::kExtraField) {
        click.value += R"("agent":{"name":"Mozilla \"5\"","tags":["a","{",null]},)";
    }
    click.value += R"("user_id":")" + click.user_id + R"(","page":")" + click.page +
                   R"(","event_time":)" + std::to_string(time);
    if (click.kind == ClickKind::kExtraField) click.value += R"(,"page_title":null)";
    click.value += "}";
}

bool has_row(uint64_t user) {
    return mix(user + 77) % 10 != 0;
}

void make_user(uint64_t user, User& row) {
    static const std::array<const char*, 4> kRegions{"emea", "apac", "amer", "latam"};
    static const std::array<const char*, 3> kTiers{"free", "pro", "enterprise"};
    const uint64_t random = mix(user + 1'000'003);
    row.user_id = "user_" + std::to_string(user);
    row.timestamp_ms = kBaseMs - 60'000;
    row.value = R"({"region":")" + std::string(kRegions[random % 4]) + R"(","tier":")" +
                kTiers[(random >> 8) % 3] + R"("})";
}

}  // namespace job
