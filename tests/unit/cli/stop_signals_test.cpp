#include "cli/stop_signals.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "engine/base/clock.h"
#include "engine/base/log.h"

using namespace millrace;

namespace {

/// Exit status of a child that runs this; -1 when a signal has ended it.
template <class Act>
int in_child(const Act& act) {
    const pid_t child = fork();
    if (child == 0) {
        set_log_level(LogLevel::kOff);
        _exit(act());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("whoever does not stop in time is ended", "[cli]") {
    const int64_t began_ms = steady_ms();
    const int status = in_child([] {
        cli::StopSignals signals(300);
        kill(getpid(), SIGTERM);
        sleep(20);  // Deaf to it, as a call into a library may be.
        return 7;
    });
    CHECK(status == 0);
    CHECK(steady_ms() - began_ms < 5000);
}

TEST_CASE("whoever stops in time ends as it likes", "[cli]") {
    CHECK(in_child([] {
              cli::StopSignals signals(10000);
              if (signals.wait(20)) return 1;
              kill(getpid(), SIGINT);
              return signals.wait(-1) ? 5 : 2;
          }) == 5);
    CHECK(in_child([] {  // Without any signal.
              cli::StopSignals signals(10000);
              return 6;
          }) == 6);
}
