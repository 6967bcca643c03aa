// Which of the formats that a route can write a request's Accept header asks for. Stateless.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace millrace::server {

enum class MediaType { kJson, kV1Json, kDelimited, kProtobuf };

/// "application/json", "application/vnd.ksql.v1+json", …
std::string_view media_type_name(MediaType type);

/// The best of `offered` (in order of preference when the client has none) for the header's value;
/// parameters other than q are ignored, equal weights are taken in the order given. Nothing: none
/// is acceptable.
std::optional<MediaType> choose_media_type(std::optional<std::string_view> accept,
                                           std::span<const MediaType> offered);

}  // namespace millrace::server
