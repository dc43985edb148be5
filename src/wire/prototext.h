// The text between the quotes of a string in protobuf's text format. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace xtcp2::wire {

inline constexpr size_t kMaxProtoTextEscape = 4;  // times the size

// A string field: escapes for control characters, quotes and backslashes, other UTF-8 as it is, the rest repaired
// (utf8.h); at most kMaxProtoTextEscape * size bytes.
uint8_t* PutProtoTextString(uint8_t* at, std::string_view text);

// A bytes field: everything but printable ASCII as three octal digits; at most kMaxProtoTextEscape * size bytes.
uint8_t* PutProtoTextBytes(uint8_t* at, Bytes bytes);

}  // namespace xtcp2::wire
