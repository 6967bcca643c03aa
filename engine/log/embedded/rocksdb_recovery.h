// What is said about the files of an embedded log that are not whole, before RocksDB opens them.
#pragma once

#include <rocksdb/options.h>

#include <string>

#include "engine/base/status.h"
#include "engine/log/embedded/embedded_log.h"

namespace millrace {

/// Looks at the closed log in `dir`. A tail that no sync had covered is told to the server's log,
/// and that it is lost. kCorruptState where what was acknowledged is damaged, unless the log is to
/// be cut there: then its files are kept aside, and what is lost is told.
Status check_log_files(const std::string& dir, const rocksdb::Options& options, OnDamage on_damage);

}  // namespace millrace
