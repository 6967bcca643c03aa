#include "engine/base/process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

using namespace millrace;

TEST_CASE("a process is known by its name while it runs, and not after", "[process]") {
    CHECK(state_of_process(this_process()) == ProcessState::kRuns);
    const pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    // The child's name: its own number and start, at this place.
    const std::string& mine = this_process();
    const size_t start = mine.rfind(':');
    const std::string place = mine.substr(0, mine.rfind(':', start - 1));
    const std::string other_start = place + ":" + std::to_string(child) + ":1";
    CHECK(state_of_process(other_start) == ProcessState::kGone);  // Its number was used again.
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    CHECK(state_of_process(other_start) == ProcessState::kGone);
}

TEST_CASE("of other machines' processes, and of what is no name, nothing is known", "[process]") {
    for (const char* name : {"", "a", "a:1", "elsewhere/1:1:1", "server-0", ":1:1", "a::"}) {
        CAPTURE(name);
        CHECK(state_of_process(name) == ProcessState::kUnknown);
    }
    CHECK(shown_process("box/40265:17:99") == "process 17 on host box");
    CHECK(shown_process("what") == "what");
}
