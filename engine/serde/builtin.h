// The codecs of this server, two functions a format; builtin.cpp lists them. Internal to
// engine/serde.
#pragma once

#include "engine/serde/format.h"

namespace millrace {

using DecoderPtr = std::unique_ptr<Decoder>;
using EncoderPtr = std::unique_ptr<Encoder>;

DecoderPtr make_json_decoder(const SerdeSpec& spec, const std::vector<size_t>& used,
                             const CodecContext& context);
EncoderPtr make_json_encoder(const SerdeSpec& spec, const CodecContext& context);
DecoderPtr make_delimited_decoder(const SerdeSpec& spec, const std::vector<size_t>& used,
                                  const CodecContext& context);
EncoderPtr make_delimited_encoder(const SerdeSpec& spec, const CodecContext& context);
DecoderPtr make_kafka_decoder(const SerdeSpec& spec, const std::vector<size_t>& used,
                              const CodecContext& context);
EncoderPtr make_kafka_encoder(const SerdeSpec& spec, const CodecContext& context);
/// Nothing to read, nothing to write: NONE, and KAFKA without a column.
DecoderPtr make_empty_decoder(const SerdeSpec& spec, const std::vector<size_t>& used,
                              const CodecContext& context);
EncoderPtr make_empty_encoder(const SerdeSpec& spec, const CodecContext& context);

}  // namespace millrace
