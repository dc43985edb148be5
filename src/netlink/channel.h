// A way to a sock_diag answerer: the kernel, or a scripted peer in tests. One owner, one thread at a time.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"

namespace xtcp2::netlink {

// How one receive ended.
struct Received {
  enum class Kind : uint8_t {
    kDatagram,  // `size` bytes are in the buffer; `real_size` is larger where it was cut off
    kSilence,   // nothing came within the channel's receive timeout
    kOverrun,   // ENOBUFS: the socket lost messages
    kForeign,   // a datagram from somebody who is not the kernel; to be ignored
    kFailed,    // `code` is the errno
  };
  Kind kind;
  size_t size = 0;
  size_t real_size = 0;
  int code = 0;
};

class Channel {
 public:
  virtual ~Channel() = default;
  virtual Result<> Send(Bytes request) = 0;
  // Receives one datagram into `size` bytes at `buffer`.
  virtual Received Receive(uint8_t* buffer, size_t size) = 0;
  // The port id that answers to us carry.
  virtual uint32_t port_id() const = 0;
};

// A NETLINK_SOCK_DIAG socket. It stays in the network namespace that the calling thread was in when it was opened
// (sock_net(), net/netlink/af_netlink.c), and keeps that namespace alive while it is open.
class DiagSocket final : public Channel {
 public:
  // `receive_timeout_ms`: SO_RCVTIMEO.
  static Result<DiagSocket> Open(int64_t receive_timeout_ms);

  Result<> Send(Bytes request) override;
  Received Receive(uint8_t* buffer, size_t size) override;
  uint32_t port_id() const override { return port_id_; }
  int fd() const { return fd_.get(); }
  // SO_NETNS_COOKIE (5.14+): the namespace's identity, never reused; 0 where the kernel has none.
  uint64_t NetnsCookie() const;

 private:
  DiagSocket(Fd fd, uint32_t port_id) : fd_(std::move(fd)), port_id_(port_id) {}
  Fd fd_;
  uint32_t port_id_;
};

}  // namespace xtcp2::netlink
