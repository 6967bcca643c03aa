// The formats of this server, one function a format; builtin.cpp lists them.
#pragma once

#include <memory>

#include "engine/serde/format.h"

namespace millrace {

std::unique_ptr<const Format> make_json_format();
std::unique_ptr<const Format> make_delimited_format();
std::unique_ptr<const Format> make_kafka_format();
std::unique_ptr<const Format> make_none_format();
/// AVRO, JSON_SR, PROTOBUF and PROTOBUF_NOSR: known names without a codec yet.
void add_registry_formats(FormatRegistry& registry);

}  // namespace millrace
