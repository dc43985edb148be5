// From the bytes of one inet_diag answer to a Socket. Malformed input is counted and gives what can be given; nothing
// is trusted.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "schema/socket.h"

namespace xtcp2::decode {

// Which of two layouts the last word of a 280-byte tcp_info has; the length does not tell (abi/inet_diag.h).
enum class AccEcnLayout : uint8_t { k6_18, k7_0 };

constexpr uint64_t Bit(schema::Part part) { return uint64_t{1} << schema::Index(part); }

struct LocateOptions {
  // Bit N: attribute N is wanted. What comes unasked and is not wanted is left out as if it had not come.
  uint64_t wanted = ~uint64_t{0};
  AccEcnLayout accecn = AccEcnLayout::k6_18;
};

// What was odd, counted by whoever owns it (a reader); plain numbers, one thread.
struct LocateCounters {
  uint64_t short_messages = 0;      // under 72 bytes: no row
  uint64_t damaged_attributes = 0;  // a length too small or past the message: the rest of that message is skipped
  uint64_t short_attributes = 0;    // shorter than the oldest layout known: read as far as they go
  // A newer kernel's tcp_info, read as far as known: [i] is 4 * i bytes longer than that, the last everything above.
  std::array<uint64_t, 33> longer_tcp_info{};
  std::array<uint64_t, 64> unknown{};  // by attribute number; [63] is everything above 62

  void Add(const LocateCounters& other);
};

// Bytes that must be readable behind the end of `payload`'s datagram.
inline constexpr size_t kReadSlack = 512;

// Fills `socket` from `payload`, an inet_diag_msg and its attributes. The socket borrows `payload`. False when there is
// no row in it. row.record_counter and row.observed_delay_us are the caller's.
bool Locate(Bytes payload, const LocateOptions& options, schema::Socket& socket, LocateCounters& counters);

// The same by the general walk, whatever the order of the attributes; Locate turns to it where it must. For tests.
bool LocateInAnyOrder(Bytes payload, const LocateOptions& options, schema::Socket& socket, LocateCounters& counters);

}  // namespace xtcp2::decode
