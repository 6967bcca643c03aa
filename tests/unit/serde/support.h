// What the tests of formats have in common: a few rows in, a few rows out.
#pragma once

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/serde/format.h"

namespace millrace::test {

inline std::unique_ptr<Decoder> make_decoder(const SerdeSpec& spec) {
    return FormatRegistry().decoder(spec);
}
inline std::unique_ptr<Decoder> make_decoder(const SerdeSpec& spec,
                                             const std::vector<size_t>& used) {
    return FormatRegistry().decoder(spec, used);
}
inline std::unique_ptr<Encoder> make_encoder(const SerdeSpec& spec) {
    return FormatRegistry().encoder(spec);
}

struct DecodedTexts {
    std::vector<Column> columns;
    std::vector<DecodeFailure> failures;
};

inline DecodedTexts decode(Decoder& decoder, const std::vector<SqlTypePtr>& types,
                           const std::vector<std::optional<std::string>>& texts) {
    DecodedTexts out;
    for (const SqlTypePtr& type : types) out.columns.emplace_back(type);
    std::vector<std::optional<ByteView>> records;
    for (const auto& text : texts) {
        records.push_back(text ? std::optional<ByteView>(*text) : std::nullopt);
    }
    millrace::Decoded said;
    REQUIRE(decoder.decode(records, out.columns, said));
    out.failures = std::move(said.failures);
    for (const Column& column : out.columns) REQUIRE(column.size() == texts.size());
    return out;
}

inline DecodedTexts decode(const SerdeSpec& spec,
                           const std::vector<std::optional<std::string>>& texts) {
    auto decoder = make_decoder(spec);
    std::vector<SqlTypePtr> types;
    for (const Field& field : spec.fields) types.push_back(field.type);
    return decode(*decoder, types, texts);
}

inline std::vector<ColumnPtr> columns_of(const SerdeSpec& spec,
                                         const std::vector<ValueList>& rows) {
    std::vector<ColumnPtr> columns;
    for (size_t i = 0; i < spec.fields.size(); ++i) {
        auto column = std::make_shared<Column>(spec.fields[i].type);
        for (const ValueList& row : rows) column->append(row[i]);
        columns.push_back(column);
    }
    return columns;
}

inline std::vector<std::optional<std::string>> encode(const SerdeSpec& spec,
                                                      const std::vector<ValueList>& rows) {
    EncodedRows encoded;
    std::vector<EncodeFailure> failures;
    make_encoder(spec)->encode_all(columns_of(spec, rows), rows.size(), encoded, failures);
    CHECK(failures.empty());
    std::vector<std::optional<std::string>> out;
    for (size_t i = 0; i < encoded.size(); ++i) {
        auto bytes = encoded.at(i);
        out.push_back(bytes ? std::optional<std::string>(*bytes) : std::nullopt);
    }
    return out;
}

}  // namespace millrace::test
