#include "cli/datagen_templates.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <stdexcept>

namespace millrace::cli {

namespace {

/// splitmix64: well mixed, and the same on every machine.
uint64_t mix(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/// Chooses the key of a row from its fields; throws when there is no such field.
template <size_t N>
int key_index(const std::array<std::string_view, N>& fields, const std::string& wanted,
              std::string_view own_choice) {
    const std::string_view name = wanted.empty() ? own_choice : std::string_view(wanted);
    if (name.empty()) return -1;
    for (size_t i = 0; i < N; i++) {
        if (fields[i] == name) return static_cast<int>(i);
    }
    throw std::invalid_argument(
        fmt::format("no field '{}' in this template; it has {}", name, fmt::join(fields, ", ")));
}

/// Clicks of users who come, stay for some minutes and go: one in eight is there at any moment, so
/// that half-hour sessions begin and end. Pages are read unevenly, one click in five comes from a
/// phone.
class Clickstream final : public RowTemplate {
public:
    explicit Clickstream(const TemplateOptions& options)
        : options_(options), key_(key_index(kFields, options.key_field, "")) {}

    std::string_view default_topic() const override { return "raw_clicks"; }
    uint64_t default_rows() const override { return 0; }

    void make(uint64_t index, GeneratedRow& row) const override {
        const uint64_t random = mix(options_.seed * 0x100000001b3u + index);
        const int64_t jitter = static_cast<int64_t>(random >> 48) % (2 * options_.step_ms + 1);
        const int64_t time = options_.start_ms + static_cast<int64_t>(index) * options_.step_ms +
                             jitter - options_.step_ms;
        row.timestamp_ms = time < options_.start_ms ? options_.start_ms : time;
        const std::string user = fmt::format("user_{}", user_at(row.timestamp_ms, random));
        const std::string_view page = page_of(random >> 20);
        row.value.clear();
        fmt::format_to(std::back_inserter(row.value),
                       R"({{"user_id":"{}","page":"{}","event_time":{}}})", user, page,
                       row.timestamp_ms);
        switch (key_) {
            case 0:
                row.key = user;
                break;
            case 1:
                row.key = page;
                break;
            case 2:
                row.key = fmt::to_string(row.timestamp_ms);
                break;
            default:
                row.key.clear();
        }
    }

private:
    static constexpr std::array<std::string_view, 3> kFields{"user_id", "page", "event_time"};
    static constexpr int64_t kVisitMs = 600'000;
    static constexpr std::array<std::string_view, 10> kWeb{
        "/home",   "/products", "/search",   "/products/chairs", "/products/lamps",
        "/basket", "/offers",   "/checkout", "/account",         "/help"};
    static constexpr std::array<std::string_view, 5> kMobile{
        "/mobile/home", "/mobile/search", "/mobile/products", "/mobile/basket", "/mobile/offers"};

    uint64_t user_at(int64_t time_ms, uint64_t random) const {
        // The users there now are a stretch of a ring that moves on with every ten minutes.
        const uint64_t present = options_.num_users / 8 + 1;
        const auto block = static_cast<uint64_t>((time_ms - options_.start_ms) / kVisitMs);
        return (block * (present / 2 + 1) + random % present) % options_.num_users;
    }

    static std::string_view page_of(uint64_t random) {
        const uint64_t who = random % 5;
        const uint64_t a = (random >> 4) & 0xff;
        const uint64_t b = (random >> 12) & 0xff;
        // The lesser of two numbers: the first pages of a list are read the most.
        const uint64_t low = a < b ? a : b;
        return who == 0 ? kMobile[low * kMobile.size() / 256] : kWeb[low * kWeb.size() / 256];
    }

    TemplateOptions options_;
    int key_;
};

/// One row a user of the clickstream; the rows come again, changed here and there, after num_users.
class Users final : public RowTemplate {
public:
    explicit Users(const TemplateOptions& options)
        : options_(options), key_(key_index(kFields, options.key_field, "user_id")) {}

    std::string_view default_topic() const override { return "users"; }
    uint64_t default_rows() const override { return options_.num_users; }

    void make(uint64_t index, GeneratedRow& row) const override {
        const uint64_t user = index % options_.num_users;
        const uint64_t home = mix(options_.seed + user);
        const uint64_t now = mix(options_.seed * 31 + index);
        const std::string name = fmt::format("user_{}", user);
        const std::string_view region = kRegions[home % kRegions.size()];
        const std::string_view tier = kTiers[now % kTiers.size()];
        row.timestamp_ms = options_.start_ms + static_cast<int64_t>(index);
        row.value.clear();
        fmt::format_to(std::back_inserter(row.value),
                       R"({{"user_id":"{}","region":"{}","tier":"{}"}})", name, region, tier);
        row.key = key_ == 0 ? std::string_view(name) : key_ == 1 ? region : tier;
    }

private:
    static constexpr std::array<std::string_view, 3> kFields{"user_id", "region", "tier"};
    static constexpr std::array<std::string_view, 4> kRegions{"emea", "apac", "amer", "latam"};
    static constexpr std::array<std::string_view, 5> kTiers{"free", "free", "free", "pro",
                                                            "enterprise"};
    TemplateOptions options_;
    int key_;
};

}  // namespace

std::vector<std::string> template_names() {
    return {"clickstream", "users"};
}

std::unique_ptr<RowTemplate> make_template(std::string_view name, const TemplateOptions& options) {
    if (name == "clickstream") return std::make_unique<Clickstream>(options);
    if (name == "users") return std::make_unique<Users>(options);
    return nullptr;
}

}  // namespace millrace::cli
