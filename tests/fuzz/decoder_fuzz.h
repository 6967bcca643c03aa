// Decoders against any bytes: a record gives a row or a failure, the same in any company, and what
// was read is written and read again as the same values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/check.h"
#include "engine/serde/format.h"

namespace millrace::fuzz {

inline std::vector<Column> columns_of(const SerdeSpec& spec) {
    std::vector<Column> columns;
    for (const Field& field : spec.fields) columns.emplace_back(field.type);
    return columns;
}

inline std::string shown_row(const std::vector<Column>& columns, size_t row) {
    std::string out;
    for (const Column& column : columns)
        out += (column.is_null(row) ? "NULL" : value_to_text(column.get(row), column.type())) + "|";
    return out;
}

/// Nothing is used: the same records fail, for the same reasons.
inline void check_unread(const SerdeSpec& spec, const std::vector<std::optional<ByteView>>& records,
                         const Decoded& all) {
    Decoded out;
    std::vector<Column> none;
    MR_CHECK(FormatRegistry().decoder(spec, {})->decode(records, none, out),
             "nothing here has to wait");
    MR_CHECK(out.failures.size() == all.failures.size(), "used or not, a record fails or not");
    for (size_t i = 0; i < out.failures.size(); ++i) {
        MR_CHECK(out.failures[i].record == all.failures[i].record, "the same records fail");
        MR_CHECK(out.failures[i].message == all.failures[i].message, "for the same reason");
    }
}

inline void check_decoder(const SerdeSpec& spec, std::string_view bytes) {
    const FormatRegistry formats;
    auto decoder = formats.decoder(spec);
    Decoded out;
    std::vector<Column> columns = columns_of(spec);
    // A null, the record, an empty one, the record again.
    const std::vector<std::optional<ByteView>> records = {std::nullopt, bytes, ByteView(), bytes};
    MR_CHECK(decoder->decode(records, columns, out), "nothing here has to wait");
    for (const Column& column : columns)
        MR_CHECK(column.size() == records.size(), "a row a record");
    const std::string row = shown_row(columns, 1);
    MR_CHECK(row == shown_row(columns, 3), "the same bytes are the same row");
    bool failed = false;
    bool failed_again = false;
    for (const DecodeFailure& failure : out.failures) {
        MR_CHECK(failure.record < records.size() && failure.record != 0, "a null is no failure");
        failed = failed || failure.record == 1;
        failed_again = failed_again || failure.record == 3;
    }
    MR_CHECK(failed == failed_again, "the same bytes fail or not");
    check_unread(spec, records, out);
    if (failed) return;

    std::vector<ColumnPtr> shared;
    for (Column& column : columns) shared.push_back(std::make_shared<Column>(std::move(column)));
    // Of one column that is NULL nothing is left that could be read.
    if (shared.size() == 1 && shared[0]->is_null(1)) return;
    std::string written;
    if (!formats.encoder(spec)->encode_row(shared, 1, written)) return;
    std::vector<Column> again = columns_of(spec);
    out.clear();
    const std::vector<std::optional<ByteView>> rewritten = {ByteView(written)};
    MR_CHECK(decoder->decode(rewritten, again, out), "nothing here has to wait");
    MR_CHECK(out.failures.empty(), "what is written can be read: " + written);
    MR_CHECK(shown_row(again, 0) == row, "what is written reads as the same: " + written);
}

}  // namespace millrace::fuzz
