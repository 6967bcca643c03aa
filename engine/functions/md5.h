// MD5, for the function of that name. No state; any thread.
#pragma once

#include <string>
#include <string_view>

namespace millrace::functions {

/// MD5 of the bytes, in hexadecimal.
std::string md5_hex(std::string_view bytes);

}  // namespace millrace::functions
