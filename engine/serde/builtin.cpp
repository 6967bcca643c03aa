#include "engine/serde/builtin.h"

#include <iterator>

#include "engine/base/error.h"

namespace millrace {
namespace {

/// Formats whose rules are known but whose codecs this server does not have yet.
[[noreturn]] void refuse_for_now(const SerdeSpec& spec) {
    refuse(ErrorKind::kNotYet, "Format " + spec.format + " is not supported by this server yet.");
}
DecoderPtr no_decoder_yet(const SerdeSpec& spec, const std::vector<size_t>&, const CodecContext&) {
    refuse_for_now(spec);
}
EncoderPtr no_encoder_yet(const SerdeSpec& spec, const CodecContext&) {
    refuse_for_now(spec);
}

/// In the order of kFormats.
constexpr Codec kCodecs[] = {
    {format_names::kJson, make_json_decoder, make_json_encoder},
    {"JSON_SR", no_decoder_yet, no_encoder_yet},
    {"AVRO", no_decoder_yet, no_encoder_yet},
    {"PROTOBUF", no_decoder_yet, no_encoder_yet},
    {"PROTOBUF_NOSR", no_decoder_yet, no_encoder_yet},
    {"DELIMITED", make_delimited_decoder, make_delimited_encoder},
    {format_names::kKafka, make_kafka_decoder, make_kafka_encoder},
    {format_names::kNone, make_empty_decoder, make_empty_encoder},
};

constexpr bool same_names() {
    if (std::size(kCodecs) != std::size(kFormats)) return false;
    for (size_t i = 0; i < std::size(kFormats); ++i) {
        if (kCodecs[i].name != kFormats[i].name) return false;
    }
    return true;
}
static_assert(same_names(), "a format needs a line in kFormats and one in kCodecs");

}  // namespace

FormatRegistry::FormatRegistry(CodecContext context) : context_(context) {
    for (size_t i = 0; i < std::size(kFormats); ++i) add(kFormats[i], kCodecs[i]);
}

}  // namespace millrace
