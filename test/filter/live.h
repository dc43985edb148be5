// The sockets of the namespace this process is in: as the kernel dumps them to us, and as ss shows them.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "netlink/channel.h"
#include "schema/socket.h"

namespace xtcp2::test {

using Cookies = std::set<uint64_t>;

// An answer with its bytes.
struct Row {
  std::vector<uint8_t> bytes;
  schema::Socket socket;
  uint64_t cookie = 0;

  uint8_t family() const { return bytes[0]; }
  uint8_t state() const { return bytes[1]; }
};

// Both families. Throws std::runtime_error where the kernel refuses or a message cannot be read.
std::vector<std::unique_ptr<Row>> Dump(netlink::DiagSocket& socket, uint32_t states,
                                       const std::vector<uint8_t>& bytecode);

// Cookies of what `ss -tanHe ARGUMENTS...` prints. Throws with what it says on standard error where it fails.
Cookies Ss(const std::vector<std::string>& arguments);

}  // namespace xtcp2::test
