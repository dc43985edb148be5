// Binds a ListenAddress and gives the listening descriptor: close-on-exec, not blocking. Who serves it is another's
// business. Done in the main thread before capabilities are dropped, because a port below 1024 needs one.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "serve/listen_address.h"

namespace xtcp2 {

// What answers carry as time to live; 0 leaves the kernel's. Accepted connections inherit it.
struct ListenLimits {
  uint8_t ipv4_ttl = 0;
  uint8_t ipv6_hop_limit = 0;
};

// A wildcard ("" or "::") takes IPv4 and IPv6 on one socket, IPv4 alone where the host has no IPv6. The error names
// `flag`, the address and the remedy.
Result<Fd> OpenListener(const ListenAddress& address, std::string_view flag, ListenLimits limits = {});

// The port a listening descriptor is bound to.
uint16_t BoundPort(const Fd& listener);

}  // namespace xtcp2
