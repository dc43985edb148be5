// Requests to NETLINK_SOCK_DIAG.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "abi/inet_diag.h"
#include "base/bytes.h"

namespace xtcp2::netlink {

inline constexpr uint32_t kAllStates = 0x1fff;    // bits 1 to 12 are states; bit 13 is left out
inline constexpr uint32_t kBoundOnly = 1u << 13;  // bound-only sockets, 6.8+ (TCPF_BOUND_INACTIVE)

// Both families by one walk: the older request type TCPDIAG_GETSOCK, which inet_diag_dump_compat()
// (net/ipv4/inet_diag.c) turns into a dump of AF_UNSPEC. Its answers have type kTypeTcpDiag, and are otherwise the
// same.
inline constexpr uint8_t kBothFamilies = 0;

// What a dump asks for. `ext` has bit N-1 for attribute N of 1 to 8; what has no bit comes unasked.
struct DumpRequest {
  uint8_t family = kBothFamilies;  // or AF_INET, AF_INET6
  uint8_t ext = 0;
  uint32_t states = kAllStates;
  uint32_t seq = 0;
  Bytes bytecode = {};  // INET_DIAG_REQ_BYTECODE, borrowed; empty: every socket
};

// 72 bytes: nlmsghdr and inet_diag_req_v2, as inet_diag_handler_cmd() (net/ipv4/inet_diag.c) expects them.
std::array<uint8_t, 72> BuildDumpRequest(const DumpRequest& request);

// The same for every kind of request, with the bytecode behind it, into `out`, which is cleared first.
void BuildDumpRequest(const DumpRequest& request, std::vector<uint8_t>& out);

// Asks for one socket by who it is: no dump, one answer or an error. `id` as an answer has it. A cookie of 0 means any
// socket with these addresses and ports, else it must be that one (sock_diag_check_cookie(), net/core/sock_diag.c);
// either way the kernel makes it a cookie where it has none. Bound-only sockets cannot be asked for so.
struct ExactRequest {
  uint8_t family = 0;  // AF_INET, AF_INET6
  uint8_t ext = 0xff;
  uint32_t seq = 0;
  abi::InetDiagSockId id{};
};
std::array<uint8_t, 72> BuildExactRequest(const ExactRequest& request);

// The ext mask for a set of wanted attributes (bit N of `attributes`: attribute N). The congestion algorithms' private
// state shares the bit of VEGASINFO; CLASS_ID comes with the bit of TCLASS (inet_diag_msg_attrs_fill()).
uint8_t ExtMask(uint64_t attributes);

}  // namespace xtcp2::netlink
