// From a plan's format to what the codecs are made from.
#pragma once

#include <string>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/serde/format.h"

namespace millrace::exec {

SerdeSpec key_spec(const FormatInfo& format, const std::vector<Field>& key,
                   const std::string& topic);
SerdeSpec value_spec(const FormatInfo& format, const std::vector<Field>& value,
                     const std::string& topic);

}  // namespace millrace::exec
