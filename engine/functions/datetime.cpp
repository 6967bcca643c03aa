// Dates, times, timestamps.
#include "engine/functions/date_format.h"
#include "engine/functions/families.h"
#include "engine/functions/fast_date_format.h"
#include "engine/functions/scalar.h"
#include "engine/functions/thread_cache.h"
#include "engine/types/casts.h"

namespace millrace::functions {
namespace {

constexpr int64_t kDayMs = 86'400'000;

int64_t floor_mod(int64_t a, int64_t b) {
    return ((a % b) + b) % b;
}

const DateFormat& format_of(std::string_view pattern) {
    return ThreadCache<DateFormat>::get(pattern);
}

/// Zones by name, kept for the thread like patterns are.
struct NamedZone {
    explicit NamedZone(std::string_view id) : zone(TimeZone::require(id)) {}
    TimeZone zone;
};
const TimeZone& zone_of(std::string_view id) {
    return ThreadCache<NamedZone>::get(id).zone;
}
const TimeZone& gmt() {
    return zone_of("GMT");
}
const TimeZone& local() {
    static const TimeZone zone = TimeZone::local();
    return zone;
}

Timestamp convert_tz(Timestamp time, std::string_view from, std::string_view to) {
    int32_t from_offset = zone_of(from).offset_seconds(time.ms);
    int32_t to_offset = zone_of(to).offset_seconds(time.ms);
    return {time.ms + (int64_t{to_offset} - from_offset) * 1000};
}

int64_t shift(int64_t ms, Unit unit, int32_t amount, int sign) {
    return static_cast<int64_t>(static_cast<Int128>(ms) +
                                static_cast<Int128>(unit.ms) * amount * sign);
}
Fallible<Date> date_shift(Unit unit, int32_t amount, Date date, int sign) {
    // Whole days, cut towards the epoch.
    int64_t days = shift(date.days * kDayMs, unit, amount, sign) / kDayMs;
    if (days > INT32_MAX || days < INT32_MIN) return Failure{"date out of range"};
    return Date{static_cast<int32_t>(days)};
}
Fallible<Date> date_add(Unit unit, int32_t amount, Date date) {
    return date_shift(unit, amount, date, 1);
}
Fallible<Date> date_sub(Unit unit, int32_t amount, Date date) {
    return date_shift(unit, amount, date, -1);
}
Time time_add(Unit unit, int32_t amount, Time time) {
    return {static_cast<int32_t>(floor_mod(shift(time.ms, unit, amount, 1), kDayMs))};
}
Time time_sub(Unit unit, int32_t amount, Time time) {
    return {static_cast<int32_t>(floor_mod(shift(time.ms, unit, amount, -1), kDayMs))};
}
Timestamp timestamp_add(Unit unit, int32_t amount, Timestamp time) {
    return {shift(time.ms, unit, amount, 1)};
}
Timestamp timestamp_sub(Unit unit, int32_t amount, Timestamp time) {
    return {shift(time.ms, unit, amount, -1)};
}

std::string format_day(int64_t day, std::string_view pattern) {
    DateTime time;
    time.day = day;
    return format_of(pattern).format(time);
}
std::string write_date(Date date, std::string_view pattern) {
    return format_day(date.days, pattern);
}
std::string write_time(Time time, std::string_view pattern) {
    DateTime out;
    out.nano_of_day = int64_t{time.ms} * 1'000'000;
    return format_of(pattern).format(out);
}
std::string format_instant(int64_t ms, std::string_view pattern, const TimeZone& zone) {
    return format_of(pattern).format(DateTime::of_instant(ms, zone));
}
std::string format_timestamp2(Timestamp time, std::string_view pattern) {
    return format_instant(time.ms, pattern, gmt());
}
std::string format_timestamp3(Timestamp time, std::string_view pattern, std::string_view zone) {
    return format_instant(time.ms, pattern, zone_of(zone));
}

Date from_days(Required<int32_t> days) {
    return {days.value};
}
Timestamp from_unixtime(int64_t ms) {
    return {ms};
}

int64_t now_ms(const CallSite& site) {
    static const SystemClock system_clock;
    return site.env->clock ? site.env->clock->now_ms() : system_clock.now_ms();
}

Date read_date(const CallSite& site, std::string_view text, std::string_view pattern) {
    int64_t year;
    unsigned month, day;
    civil_from_days(now_ms(site) / kDayMs, year, month, day);
    int64_t ms = ThreadCache<FastDateFormat>::get(pattern).parse_ms(text, year);
    if (floor_mod(ms, kDayMs) != 0) throw RowError("Date format contains time field.");
    return {static_cast<int32_t>(ms / kDayMs)};
}
Time read_time(std::string_view text, std::string_view pattern) {
    DateFields fields = format_of(pattern).parse(text);
    if (fields.has_date()) throw RowError("Time format contains date field.");
    return {static_cast<int32_t>(fields.to_nano_of_day(false) / 1'000'000)};
}
Timestamp parse_timestamp2(std::string_view text, std::string_view pattern) {
    return {format_of(pattern).parse_timestamp_ms(text, gmt())};
}
Timestamp parse_timestamp3(std::string_view text, std::string_view pattern, std::string_view zone) {
    return {format_of(pattern).parse_timestamp_ms(text, zone_of(zone))};
}

int32_t unix_date(const CallSite& site) {
    int64_t now = now_ms(site);
    int64_t local_ms = now + int64_t{local().offset_seconds(now)} * 1000;
    return static_cast<int32_t>((local_ms - floor_mod(local_ms, kDayMs)) / kDayMs);
}
int32_t unix_date_of(Date date) {
    return date.days;
}
int64_t unix_timestamp(const CallSite& site) {
    return now_ms(site);
}
int64_t unix_timestamp_of(Timestamp time) {
    return time.ms;
}

std::string date_to_string(Required<int32_t> days, std::string_view pattern) {
    return format_day(days.value, pattern);
}
int32_t string_to_date(Required<std::string_view> text, Required<std::string_view> pattern) {
    return static_cast<int32_t>(format_of(pattern.value).parse(text.value).to_day(false));
}
int64_t string_to_timestamp2(Required<std::string_view> text, Required<std::string_view> pattern) {
    return format_of(pattern.value).parse_timestamp_ms(text.value, local());
}
int64_t string_to_timestamp3(Required<std::string_view> text, Required<std::string_view> pattern,
                             Required<std::string_view> zone) {
    return format_of(pattern.value).parse_timestamp_ms(text.value, zone_of(zone.value));
}
std::string timestamp_to_string2(Required<int64_t> ms, std::string_view pattern) {
    return format_instant(ms.value, pattern, local());
}
std::string timestamp_to_string3(Required<int64_t> ms, std::string_view pattern,
                                 std::string_view zone) {
    return format_instant(ms.value, pattern, zone_of(zone));
}

void add_arithmetic(Family& f) {
    std::vector<std::string> names = {"unit", "interval", "date"};
    f.scalar("DATEADD", "A date moved on by an interval.", &date_add, names);
    f.scalar("DATESUB", "A date moved back by an interval.", &date_sub, names);
    names[2] = "time";
    f.scalar("TIMEADD", "A time moved on by an interval, round the clock.", &time_add, names);
    f.scalar("TIMESUB", "A time moved back by an interval, round the clock.", &time_sub, names);
    names[2] = "timestamp";
    f.scalar("TIMESTAMPADD", "A timestamp moved on by an interval.", &timestamp_add, names);
    f.scalar("TIMESTAMPSUB", "A timestamp moved back by an interval.", &timestamp_sub, names);
    f.scalar("CONVERT_TZ", "A timestamp from one time zone in another.", &convert_tz,
             {"timestamp", "fromTimeZone", "toTimeZone"});
}

}  // namespace

void add_datetime_functions(FunctionRegistry& registry) {
    Family f(registry, "DATE / TIME");
    add_arithmetic(f);
    f.scalar("FORMAT_DATE", "A date as text in a pattern.", &write_date, {"date", "formatPattern"});
    f.scalar("FORMAT_TIME", "A time as text in a pattern.", &write_time, {"time", "formatPattern"});
    std::vector<std::string> names = {"timestamp", "formatPattern", "timeZone"};
    f.scalar("FORMAT_TIMESTAMP", "A timestamp as text in a pattern.", &format_timestamp2, names);
    f.scalar("FORMAT_TIMESTAMP", "The same in a time zone.", &format_timestamp3, names);
    f.scalar("FROM_DAYS", "The date of a number of days since 1970-01-01.", &from_days, {"days"});
    f.scalar("FROM_UNIXTIME", "The timestamp of milliseconds since 1970-01-01.", &from_unixtime,
             {"epochMilli"});
    f.scalar("PARSE_DATE", "A date from text in a pattern.", &read_date,
             {"formattedDate", "formatPattern"});
    f.scalar("PARSE_TIME", "A time from text in a pattern.", &read_time,
             {"formattedTime", "formatPattern"});
    names = {"formattedTimestamp", "formatPattern", "timeZone"};
    f.scalar("PARSE_TIMESTAMP", "A timestamp from text in a pattern.", &parse_timestamp2, names);
    f.scalar("PARSE_TIMESTAMP", "The same in a time zone.", &parse_timestamp3, names);
    f.scalar("UNIX_DATE", "Today, in days since 1970-01-01.", &unix_date).not_deterministic();
    f.scalar("UNIX_DATE", "A date in days since 1970-01-01.", &unix_date_of, {"date"});
    f.scalar("UNIX_TIMESTAMP", "Now, in milliseconds since 1970-01-01.", &unix_timestamp)
        .not_deterministic();
    f.scalar("UNIX_TIMESTAMP", "A timestamp in milliseconds since 1970-01-01.", &unix_timestamp_of,
             {"timestamp"});
    f.scalar("DATETOSTRING", "Days as text in a pattern. Superseded by FORMAT_DATE.",
             &date_to_string, {"epochDays", "formatPattern"});
    f.scalar("STRINGTODATE", "Days from text in a pattern. Superseded by PARSE_DATE.",
             &string_to_date, {"formattedDate", "formatPattern"});
    f.scalar("STRINGTOTIMESTAMP", "Milliseconds from text. Superseded by PARSE_TIMESTAMP.",
             &string_to_timestamp2, names);
    f.scalar("STRINGTOTIMESTAMP", "The same in a time zone.", &string_to_timestamp3, names);
    names[0] = "epochMilli";
    f.scalar("TIMESTAMPTOSTRING", "Milliseconds as text. Superseded by FORMAT_TIMESTAMP.",
             &timestamp_to_string2, names);
    f.scalar("TIMESTAMPTOSTRING", "The same in a time zone.", &timestamp_to_string3, names);
}

}  // namespace millrace::functions
