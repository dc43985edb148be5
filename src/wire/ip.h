// IP addresses as text. Pure functions; take addresses in network order.
#pragma once

#include <cstddef>
#include <cstdint>

namespace xtcp2::wire {

inline constexpr size_t kMaxIpText = 40;  // 39, and a byte to scribble on

// Dotted quad of 4 bytes; at most 16 bytes.
uint8_t* PutIpv4(uint8_t* at, const uint8_t* address);

// 16 bytes as RFC 5952 writes them (lower case, the first longest run of two or more zero groups as ::), except that an
// IPv4-mapped address is its dotted quad, as Go's net.IP prints it; at most kMaxIpText bytes.
uint8_t* PutIpv6(uint8_t* at, const uint8_t* address);

}  // namespace xtcp2::wire
