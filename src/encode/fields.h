// Which fields an encoder writes, and in which order: EncodeOptions::fields made whole. Used while an encoder is built,
// never per row.
#pragma once

#include <cstdint>
#include <vector>

#include "encode/format.h"

namespace xtcp2::encode {

// The fields asked for, in that order, repeated ones included; every field of the epoch where none were asked for. What
// the epoch does not have is left out.
std::vector<uint16_t> FieldsAsGiven(const EncodeOptions& options);

// The same, each once, in the order of their numbers.
std::vector<uint16_t> FieldsByNumber(const EncodeOptions& options);

// The same, each once, in the alphabetical order of their JSON names.
std::vector<uint16_t> FieldsByJsonName(const EncodeOptions& options);

}  // namespace xtcp2::encode
