// A point in time as RFC 3339 text in UTC. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

namespace xtcp2::wire {

inline constexpr size_t kMaxTimestamp = 30;  // 2262-04-11T23:47:16.854775807Z

// "2026-11-24T13:15:00.5Z" for nanoseconds since 1970 UTC: as many digits of the fraction as needed, none for whole
// seconds; at most kMaxTimestamp bytes. Any int64 has a four-digit year.
uint8_t* PutTimestamp(uint8_t* at, int64_t ns);

}  // namespace xtcp2::wire
