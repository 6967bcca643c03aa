// The input of the broker tests: clicks and users as a pure function of their number, made without
// a line of the product. Single-threaded use; no state.
#pragma once

#include <cstdint>
#include <string>

namespace job {

constexpr int64_t kBaseMs =
    1'700'000'000'000;                // Not on an hour: the first window is a part of one.
constexpr int64_t kClickStepMs = 72;  // A million clicks span twenty hours.
constexpr uint64_t kUsers = 10'000;

enum class ClickKind {
    kGood,
    kMalformed,   ///< Bytes that are no JSON.
    kNullValue,   ///< A record without a value.
    kExtraField,  ///< A good one with fields that no column has.
};

struct Click {
    ClickKind kind = ClickKind::kGood;
    std::string user_id;
    std::string page;
    int64_t event_time = 0;
    std::string value;  ///< The record's bytes; unused for kNullValue.
};

/// Overwrites `click`. A few clicks come up to 40 minutes late, so that sessions merge.
void make_click(uint64_t index, Click& click);

struct User {
    std::string user_id;
    std::string value;
    int64_t timestamp_ms = 0;
};

/// One user in ten has no row, so that a left join has something to miss.
bool has_row(uint64_t user);
void make_user(uint64_t user, User& row);

}  // namespace job
