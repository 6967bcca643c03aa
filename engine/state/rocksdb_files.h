// The files of the state: one RocksDB, and a next one when damage was found in it. What cannot be
// read in a RocksDB stays in the way of its compactions, and then of all writes; so what can be
// read is copied, and the rest is left behind.
//
// Generation 0 is in the directory itself, generation N beside it in "DIRECTORY-N"; the newest one
// that has the file WHOLE counts.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <string>

#include "engine/base/status.h"

namespace millrace {

class StateFiles {
public:
    StateFiles(const std::string& directory, rocksdb::Options options);

    /// Opens the generation that counts, and deletes the others. Files that are too damaged are
    /// dropped.
    rocksdb::Status open(std::shared_ptr<rocksdb::DB>& db);
    /// Drops what is there.
    rocksdb::Status start_over(std::shared_ptr<rocksdb::DB>& db, const std::string& why);
    /// An empty next generation.
    rocksdb::Status begin_next(std::shared_ptr<rocksdb::DB>& db);
    /// It has all that it is to have: it counts from now on.
    rocksdb::Status finish_next(rocksdb::DB& db);

private:
    std::string path_of(int generation) const;
    int newest() const;
    void remove_others(int generation) const;

    const std::string directory_;
    const rocksdb::Options options_;
    int generation_ = 0;
};

/// Does it say that the files are damaged? A file that is gone is as well.
bool is_damage(const rocksdb::Status& status);

/// Copies the pairs of [first, last) if all of them can be read; else `to` has none of them and
/// `whole` is false.
rocksdb::Status copy_range(rocksdb::DB& from, rocksdb::DB& to, const std::string& first,
                           const std::string& last, bool& whole);

}  // namespace millrace
