// Where exceptions end. A loop of a thread, and a function that a library calls back, does what it
// does through guarded(): what nobody nearer has dealt with costs that turn, is told in the log,
// and goes no further. For surprises only: failures that are expected are Status. Any thread.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace millrace {

/// A line in the log; throws nothing itself.
void report_escaped(std::string_view logger, std::string_view doing, const char* what) noexcept;

/// Runs `act`; true when it returned. What it throws is logged, and `recover` is told its words:
/// the way back to where the next turn can begin. What that throws is logged, too. Only
/// std::exceptions: a simulated crash ends the driver's "process".
template <class Act, class Recover>
bool guarded(std::string_view logger, std::string_view doing, const Act& act,
             const Recover& recover) {
    try {
        act();
        return true;
    } catch (const std::exception& error) {
        report_escaped(logger, doing, error.what());
        try {
            recover(std::string(error.what()));
        } catch (const std::exception& second) {
            report_escaped(logger, doing, second.what());
        }
    }
    return false;
}
template <class Act>
bool guarded(std::string_view logger, std::string_view doing, const Act& act) {
    return guarded(logger, doing, act, [](const std::string&) {});
}

}  // namespace millrace
