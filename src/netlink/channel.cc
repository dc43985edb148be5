#include "netlink/channel.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace xtcp2::netlink {
namespace {

constexpr int kNetnsCookie = 71;  // SO_NETNS_COOKIE

Result<uint32_t> BindAny(int fd) {
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  socklen_t length = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    return FailErrno("binding a netlink socket");
  return address.nl_pid;
}

}  // namespace

Result<DiagSocket> DiagSocket::Open(int64_t receive_timeout_ms) {
  Fd fd(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!fd.ok()) return FailErrno("opening a NETLINK_SOCK_DIAG socket");
  const timeval timeout{receive_timeout_ms / 1000, receive_timeout_ms % 1000 * 1000};
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0)
    return FailErrno("setting SO_RCVTIMEO on a netlink socket");
  Result<uint32_t> port_id = BindAny(fd.get());
  if (!port_id) return tl::unexpected(port_id.error());
  return DiagSocket(std::move(fd), *port_id);
}

Result<> DiagSocket::Send(Bytes request) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  ssize_t sent;
  do sent = sendto(fd_.get(), request.data(), request.size(), 0, reinterpret_cast<sockaddr*>(&kernel), sizeof kernel);
  while (sent < 0 && errno == EINTR);
  if (sent < 0) return FailErrno("sending a sock_diag request");
  return {};
}

Received DiagSocket::Receive(uint8_t* buffer, size_t size) {
  sockaddr_nl sender{};
  iovec part{buffer, size};
  msghdr message{};
  message.msg_name = &sender;
  message.msg_namelen = sizeof sender;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  ssize_t got;
  do got = recvmsg(fd_.get(), &message, MSG_TRUNC);
  while (got < 0 && errno == EINTR);
  if (got < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {Received::Kind::kSilence};
    if (errno == ENOBUFS) return {Received::Kind::kOverrun};
    return {Received::Kind::kFailed, 0, 0, errno};
  }
  if (sender.nl_pid != 0) return {Received::Kind::kForeign};
  const size_t real = static_cast<size_t>(got);
  return {Received::Kind::kDatagram, real < size ? real : size, real};
}

uint64_t DiagSocket::NetnsCookie() const {
  uint64_t cookie = 0;
  socklen_t length = sizeof cookie;
  return getsockopt(fd_.get(), SOL_SOCKET, kNetnsCookie, &cookie, &length) == 0 ? cookie : 0;
}

}  // namespace xtcp2::netlink
