// Guesses what a topic's bytes are, for PRINT: every format is tried on every record, and one that
// fails once is out for good. The first that is left shows the record. One object a side (keys,
// values). One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.h"

namespace millrace {

class RecordFormatter {
public:
    /// Keys may be windowed: each format is tried in its windowed forms as well.
    explicit RecordFormatter(bool keys);

    /// One text a record, all shown by one format.
    std::vector<std::string> format(const std::vector<std::optional<ByteView>>& records);
    /// The formats that are left, "JSON or KAFKA_STRING".
    std::string formats() const;

private:
    using Reader = std::function<std::optional<std::string>(ByteView)>;
    struct Candidate {
        std::string name;
        Reader read;  ///< The bytes as text; nothing: they are of another format.
    };
    bool try_format(const std::vector<std::optional<ByteView>>& records,
                    std::vector<std::string>& out);

    std::vector<Candidate> candidates_;
    bool seen_data_ = false;
};

}  // namespace millrace
