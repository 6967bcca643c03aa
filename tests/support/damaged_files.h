// Damage to the table files of a RocksDB that is closed.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace millrace::test {

/// Overwrites some bytes in the middle of every table file: one of its data blocks, when they are
/// some.
inline void damage_table_files(const std::filesystem::path& directory) {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.path().extension() != ".sst") continue;
        std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(entry.path()) / 2));
        file << "damaged damaged damaged";
    }
}

}  // namespace millrace::test
