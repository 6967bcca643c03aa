// The JSON format's decoder: records of JSON text to columns, batch by batch. Internal to
// engine/serde.
#pragma once

#include <memory>
#include <vector>

#include "engine/serde/format.h"

namespace millrace {

std::unique_ptr<Decoder> make_json_decoder(const SerdeSpec& spec, const std::vector<size_t>& used);

}  // namespace millrace
