#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "engine/log/embedded/rocksdb_memory.h"
#include "engine/state/state_store.h"

extern char** environ;

namespace millrace {
namespace {

/// Runs the writer until it has told of `batches` batches, kills it, gives the last one told.
int64_t write_and_kill(const std::string& directory, int batches) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    std::string program = STATE_WRITER, argument = directory;
    char* arguments[] = {program.data(), argument.data(), nullptr};
    pid_t child = 0;
    REQUIRE(posix_spawn(&child, STATE_WRITER, &actions, nullptr, arguments, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    FILE* lines = fdopen(ends[0], "r");
    char line[64];
    int64_t last = 0;
    while (batches-- > 0 && std::fgets(line, sizeof line, lines)) last = std::atoll(line);
    kill(child, SIGKILL);
    while (std::fgets(line, sizeof line, lines)) last = std::atoll(line);
    std::fclose(lines);
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    return last;
}

}  // namespace

TEST_CASE("a killed process has lost no batch that was applied", "[state][durability]") {
    char pattern[] = "/tmp/millrace-state-XXXXXX";
    const std::string directory = mkdtemp(pattern);
    for (int round = 1; round <= 3; ++round) {
        const int64_t told = write_and_kill(directory, 400 * round);
        auto opened = open_backend({directory, make_rocksdb_memory(8 << 20, 0)});
        REQUIRE(opened.is_ok());
        auto& backend = *opened.value();
        const StorePartition where{backend.store_number("q/store"), 0};
        const int64_t reached = backend.changelog_offset(where).value_or(0);
        // The batch after the last one told may be there too; never less, and never a part of one.
        CHECK(reached >= told);
        CHECK(reached <= told + 1);
        for (int64_t n = reached; n > reached - 100 && n > 0; --n) {
            const std::string key = std::to_string(n % 100);
            CHECK(backend.get(where, "a" + key) == std::to_string(n));
            CHECK(backend.get(where, "b" + key) == std::to_string(n));
        }
    }
    std::filesystem::remove_all(directory);
}

}  // namespace millrace
