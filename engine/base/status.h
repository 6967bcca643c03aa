// Outcomes of calls that touch the world: logs, files, brokers. What a caller can do about a
// failure is its Fault. User mistakes are StatementError (error.h), bad data is RowErrors
// (types/row_errors.h).
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "engine/base/check.h"

namespace millrace {

/// What the caller does next.
enum class Fault {
    kNone,
    kRetriable,     ///< The same call again may succeed (time-out, broker away).
    kAbortable,     ///< The transaction is lost, its writer lives: abort and redo.
    kFenced,        ///< Another instance has taken over: drop everything uncommitted.
    kCorruptState,  ///< Local state cannot be trusted: restore it from the changelog.
    kNotFound,      ///< The topic, partition or key is not there.
    kRefused,       ///< This record will never be taken (too large, its time, no key): leave it.
    kFatal,         ///< Nothing here can help.
};

class [[nodiscard]] Status {
public:
    Status() = default;
    Status(Fault fault, std::string message) : fault_(fault), message_(std::move(message)) {}

    static Status ok() { return {}; }

    bool is_ok() const { return fault_ == Fault::kNone; }
    explicit operator bool() const { return is_ok(); }
    Fault fault() const { return fault_; }
    const std::string& message() const { return message_; }

private:
    Fault fault_ = Fault::kNone;
    std::string message_;
};

/// A value or the reason why there is none.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : value_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
    Result(Status status) : status_(std::move(status)) {  // NOLINT(google-explicit-constructor)
        MR_CHECK(!status_.is_ok(), "a Result without a value needs a failure");
    }

    bool is_ok() const { return value_.has_value(); }
    explicit operator bool() const { return is_ok(); }
    const Status& status() const { return status_; }

    /// REQUIRES: is_ok().
    T& value() & {
        MR_CHECK(value_.has_value(), status_.message());
        return *value_;
    }
    const T& value() const& {
        MR_CHECK(value_.has_value(), status_.message());
        return *value_;
    }
    T&& value() && {
        MR_CHECK(value_.has_value(), status_.message());
        return std::move(*value_);
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

private:
    std::optional<T> value_;
    Status status_;
};

}  // namespace millrace
