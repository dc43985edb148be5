// The kernel's own filter language, the attribute INET_DIAG_REQ_BYTECODE of a dump request (inet_diag_bc_run() and
// inet_diag_bc_audit() in net/ipv4/inet_diag.c). Empty bytecode is no attribute: every socket. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "filter/program.h"

namespace xtcp2::filter {

// Checking bytecode costs the kernel time with the square of its length, running it time for each socket.
inline constexpr size_t kMostBytecode = 16 * 1024;

// The bytecode of a program without kStates tests; nothing where it would be longer than kMostBytecode.
std::optional<std::vector<uint8_t>> Assemble(const Program& program);

// Both. Together at most 2^16 - 5 bytes.
std::vector<uint8_t> And(std::vector<uint8_t> a, const std::vector<uint8_t>& b);

// "local (or remote) port in [low, high]", low <= high. Shares whose ranges cover 0 to 65535 without overlap put each
// socket into exactly one of them; a socket without a peer has remote port 0.
std::vector<uint8_t> PortShare(bool remote, uint16_t low, uint16_t high);

}  // namespace xtcp2::filter
