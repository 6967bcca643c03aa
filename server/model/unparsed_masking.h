// Keeps secrets and data of a text that is no statement out of answers: by its words alone.
// Stateless; any thread.
#pragma once

#include <string>
#include <string_view>

namespace millrace::server {

/// As mask_statement has it for what can be parsed: the values after INSERT … VALUES and of a
/// connector's properties, a secret after its name, and the secrets within a string.
std::string mask_unparsed(std::string_view text);

/// Words about such a text, without what mask_unparsed hides of it.
std::string mask_words(std::string words, std::string_view text);

}  // namespace millrace::server
