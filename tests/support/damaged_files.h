// Damage to the table files of a RocksDB that is closed.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace millrace::test {

/// Overwrites some bytes of the first data block of every table file.
inline void damage_table_files(const std::filesystem::path& directory) {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.path().extension() != ".sst") continue;
        std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(20);
        file << "damaged damaged damaged";
    }
}

}  // namespace millrace::test
