// Looking names up without ever blocking the shipping thread: getaddrinfo cannot be interrupted, so it runs on a thread
// of its own that is left behind when it takes too long; at most one per Resolver. Addresses need no thread.
#pragma once

#include <memory>

#include "ship/failure.h"
#include "ship/interrupt.h"
#include "ship/options.h"

namespace xtcp2::ship {

class Resolver {
 public:
  // `type` is SOCK_STREAM or SOCK_DGRAM; an empty `lookup` means getaddrinfo.
  Resolver(int type, Lookup lookup);

  // The addresses of host, looked up anew each time. Waits until `deadline_ns` (monotonic) or the interrupt.
  tl::expected<std::vector<Address>, Failure> Resolve(const std::string& host, uint16_t port, int64_t deadline_ns,
                                                      const Interrupt& interrupt);

 private:
  struct Pending;  // shared with the thread, which may outlive this object
  Result<> StartLookup(const std::string& host, uint16_t port);

  int type_;
  Lookup lookup_;
  std::shared_ptr<Pending> pending_;
};

}  // namespace xtcp2::ship
