// NONE: the key format of sources without key columns.
#include "engine/base/error.h"
#include "engine/serde/builtin.h"

namespace millrace {
namespace {

class NoneDecoder final : public Decoder {
public:
    void decode(std::span<const std::optional<ByteView>>, std::vector<Column>&,
                std::vector<DecodeFailure>&) override {}
};

class NoneEncoder final : public Encoder {
public:
    bool encode_row(const std::vector<ColumnPtr>&, size_t, std::string&) const override {
        return false;
    }
};

class NoneFormat final : public Format {
public:
    std::string_view name() const override { return "NONE"; }
    const FormatTraits& traits() const override {
        static const FormatTraits kTraits = {.wraps = false, .unwraps = false};
        return kTraits;
    }
    void check_columns(const SerdeSpec& spec) const override {
        if (spec.fields.empty()) return;
        std::string columns;
        for (const Field& field : spec.fields) {
            if (!columns.empty()) columns += ", ";
            columns += quote_identifier(field.name, true) + " " + field.type->to_string();
            if (spec.is_key) columns += " KEY";
        }
        throw StatementError(ErrorKind::kStatement,
                             "The 'NONE' format can only be used when no columns are defined. "
                             "Got: [" +
                                 columns + "]");
    }
    std::unique_ptr<Decoder> decoder(const SerdeSpec&, const std::vector<size_t>&) const override {
        return std::make_unique<NoneDecoder>();
    }
    std::unique_ptr<Encoder> encoder(const SerdeSpec&) const override {
        return std::make_unique<NoneEncoder>();
    }
};

}  // namespace

std::unique_ptr<const Format> make_none_format() {
    return std::make_unique<NoneFormat>();
}

}  // namespace millrace
