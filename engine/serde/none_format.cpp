// NONE: the format of a side that has no columns.
#include "engine/serde/builtin.h"

namespace millrace {
namespace {

class EmptyDecoder final : public Decoder {
public:
    Status decode(std::span<const std::optional<ByteView>>, std::vector<Column>&,
                  Decoded&) override {
        return Status::ok();
    }
};

class EmptyEncoder final : public Encoder {
public:
    bool encode_row(const std::vector<ColumnPtr>&, size_t, std::string&) const override {
        return false;
    }
};

}  // namespace

DecoderPtr make_empty_decoder(const SerdeSpec&, const std::vector<size_t>&, const CodecContext&) {
    return std::make_unique<EmptyDecoder>();
}

EncoderPtr make_empty_encoder(const SerdeSpec&, const CodecContext&) {
    return std::make_unique<EmptyEncoder>();
}

}  // namespace millrace
