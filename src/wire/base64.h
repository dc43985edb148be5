// Base64, the standard alphabet with padding (RFC 4648 section 4). Pure functions.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace xtcp2::wire {

// Exactly what `size` bytes become.
constexpr size_t Base64Size(size_t size) { return (size + 2) / 3 * 4; }

// Writes Base64Size(bytes.size()) bytes.
uint8_t* PutBase64(uint8_t* at, Bytes bytes);

}  // namespace xtcp2::wire
