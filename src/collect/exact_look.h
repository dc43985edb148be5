// One socket asked for by itself, by netlink. Owns the answer's bytes and the Socket located in them, and is used again
// and again. One thread.
#pragma once

#include <vector>

#include "abi/inet_diag.h"
#include "base/result.h"
#include "netlink/channel.h"
#include "schema/socket.h"

namespace xtcp2::collect {

class ExactLook {
 public:
  ExactLook();

  // Asks in the namespace that `channel` is of, with every attribute. The kernel answers at once; where it does not,
  // the channel's receive timeout ends the wait. IsGone() tells an error that says: there is no such socket (any more).
  Result<> Ask(netlink::Channel& channel, uint8_t family, const abi::InetDiagSockId& id);
  static bool IsGone(const Error& error);

  // Of the last Ask() that succeeded.
  const schema::Socket& socket() const { return socket_; }

 private:
  Result<> Take(const netlink::Received& received, netlink::Channel& channel, bool& answered);

  std::vector<uint8_t> buffer_;
  uint32_t seq_ = 0;  // of the last request; no two looks use the same
  schema::Socket socket_;
};

}  // namespace xtcp2::collect
