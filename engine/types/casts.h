// Conversions between SQL types on single values: CAST, literal coercion, text forms of dates.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/types/value.h"

namespace millrace {

/// Is there a CAST from one type to the other at all?
bool can_cast(const SqlType& from, const SqlType& to);
/// INTEGER -> BIGINT -> DECIMAL -> DOUBLE, STRING -> TIME/DATE/TIMESTAMP/BYTES (functions'
/// arguments).
bool can_cast_implicitly(const SqlType& from, const SqlType& to);
/// Throws RowError when this value cannot be converted. NULL gives NULL.
/// REQUIRES: can_cast(from, to) or same type.
Value cast_value(const Value& value, const SqlType& from, const SqlType& to);

/// Coercion of INSERT VALUES (lax) and pull-query keys (strict); nothing when it is not allowed or
/// the text does not parse.
enum class Coercion { kStrict, kLax };
std::optional<Value> coerce_value(const Value& value, const SqlType& from, const SqlType& to,
                                  Coercion coercion);

/// "2024", "2024-05", "2024-05-06": days since the epoch.
std::optional<int32_t> parse_date(std::string_view text);
/// "09:30", "09:30:01", "09:30:01.250": ms of the day.
std::optional<int32_t> parse_time(std::string_view text);
/// yyyy[-MM[-dd[THH[:mm[:ss[.SSS]]]]]][±hhmm|±hh:mm|Z]: ms since the epoch, UTC.
std::optional<int64_t> parse_timestamp(std::string_view text);

std::string format_date(int32_t days);  ///< yyyy-MM-dd
std::string format_time(
    int32_t ms_of_day);  ///< HH:mm or HH:mm:ss, as java.time.LocalTime cut to seconds
std::string format_timestamp(int64_t ms);  ///< yyyy-MM-ddTHH:mm:ss.SSS

/// Civil date arithmetic (proleptic Gregorian).
int64_t days_from_civil(int64_t year, unsigned month, unsigned day);
void civil_from_days(int64_t days, int64_t& year, unsigned& month, unsigned& day);

/// Result type of arithmetic on two numeric types; op is one of + - * / %.
/// Throws StatementError when the types do not go together.
SqlTypePtr arithmetic_type(char op, const SqlTypePtr& left, const SqlTypePtr& right);
/// The wider of two types for lists, GREATEST, …; null when there is none.
SqlTypePtr common_numeric_type(const SqlTypePtr& left, const SqlTypePtr& right);

/// UTF-16 code units in UTF-8 text (Java's String.length).
size_t utf16_length(std::string_view utf8);
/// Order of Java's String.compareTo.
int compare_utf16(std::string_view a, std::string_view b);

}  // namespace millrace
