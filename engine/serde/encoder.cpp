#include "engine/base/error.h"
#include "engine/serde/format.h"

namespace millrace {

void Encoder::encode_into(const std::vector<ColumnPtr>& columns, size_t row, size_t index,
                          EncodedRows& out, std::vector<EncodeFailure>& failures) const {
    size_t before = out.buffer.size();
    bool present = false;
    try {
        present = encode_row(columns, row, out.buffer);
    } catch (const RowError& error) {
        out.buffer.resize(before);
        failures.push_back({index, error.what()});
    }
    out.ends.push_back(out.buffer.size());
    out.nulls.push_back(present ? 0 : 1);
}

void Encoder::encode(const std::vector<ColumnPtr>& columns, std::span<const uint32_t> rows,
                     EncodedRows& out, std::vector<EncodeFailure>& failures) const {
    out.ends.reserve(out.ends.size() + rows.size());
    out.nulls.reserve(out.nulls.size() + rows.size());
    for (size_t i = 0; i < rows.size(); ++i) encode_into(columns, rows[i], i, out, failures);
}

void Encoder::encode_all(const std::vector<ColumnPtr>& columns, size_t num_rows, EncodedRows& out,
                         std::vector<EncodeFailure>& failures) const {
    out.ends.reserve(out.ends.size() + num_rows);
    out.nulls.reserve(out.nulls.size() + num_rows);
    for (size_t row = 0; row < num_rows; ++row) encode_into(columns, row, row, out, failures);
}

}  // namespace millrace
