// From a row's key columns and window to a store key and back. Stateless after construction.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/types/record_batch.h"
#include "engine/types/schema.h"

namespace millrace::exec {

class StoreKey {
public:
    StoreKey(const std::vector<Field>& key, WindowType window,
             std::optional<int64_t> window_size_ms);

    bool windowed() const { return window_ != WindowType::kNone; }
    bool session() const { return window_ == WindowType::kSession; }
    size_t suffix_bytes() const;
    const std::vector<SqlTypePtr>& types() const { return types_; }
    /// Nested types cannot be read back from a key: the stored row holds such keys, too.
    bool readable() const { return readable_; }

    /// Appends the key columns (the batch's first) of a row, without a window.
    void append_columns(const RecordBatch& batch, size_t row, std::string& out) const;
    void append_values(const std::vector<Value>& values, std::string& out) const;
    void append_window(const Window& window, std::string& out) const;
    /// Both.
    void append(const RecordBatch& batch, size_t row, std::string& out) const;

    // Reading throws DamagedBytes when `key` is no key of this store.

    /// Appends the key's values to the columns. REQUIRES: readable().
    void read_columns(ByteView key, std::span<Column* const> columns) const;
    /// REQUIRES: windowed().
    Window read_window(ByteView key) const;

private:
    std::vector<SqlTypePtr> types_;
    WindowType window_;
    int64_t window_size_ms_;
    bool readable_ = true;
};

}  // namespace millrace::exec
