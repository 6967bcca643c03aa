// The reference page of all properties, docs/configuration.md, out of the table.
#pragma once

#include <string>

namespace millrace {

/// Markdown. `millrace server --reference` prints it; a test holds the page to it.
std::string configuration_reference();

}  // namespace millrace
