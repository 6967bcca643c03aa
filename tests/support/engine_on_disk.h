// An engine whose state is in a directory of its own, over restarts.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/support/engine_fixture.h"

namespace millrace::test {

struct EngineOnDisk {
    EngineOnDisk() {
        char pattern[] = "/tmp/millrace-engine-XXXXXX";
        directory = mkdtemp(pattern);
        engine.keep_state_in(directory + "/state");
        restart();
    }
    ~EngineOnDisk() {
        engine.crash();
        std::filesystem::remove_all(directory);
    }
    void restart() {
        engine.crash();
        engine.start();
        engine.run();
    }
    std::string changelog() {
        auto topics = engine.log().topics().list();
        for (const TopicInfo& topic : *topics)
            if (topic.name.ends_with("-changelog")) return topic.name;
        return {};
    }

    std::string directory;
    EngineFixture engine;
};

}  // namespace millrace::test
