#include "bench/connection.h"

#include <sys/socket.h>

#include <cstring>

namespace xtcp2::bench {
namespace {

constexpr int kBacklog = 4096;
constexpr size_t kMessageBytes = 100;

socklen_t Fill(sockaddr_storage& out, const std::string& family, uint32_t ipv4) {
  if (family == "4") {
    auto& address = reinterpret_cast<sockaddr_in&>(out);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(ipv4);
    return sizeof address;
  }
  auto& address = reinterpret_cast<sockaddr_in6&>(out);
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  if (family == "mapped") {
    const uint32_t prefix = htonl(0xffff), low = htonl(ipv4);
    std::memset(&address.sin6_addr, 0, 8);
    std::memcpy(address.sin6_addr.s6_addr + 8, &prefix, sizeof prefix);
    std::memcpy(address.sin6_addr.s6_addr + 12, &low, sizeof low);
  }
  return sizeof address;
}

}  // namespace

Result<Listener> Listener::Open(const std::string& family, unsigned number) {
  Listener out;
  out.family_ = family == "4" ? AF_INET : AF_INET6;
  // 127.64.0.1 and .2, 127.64.1.1 and .2, ...
  const uint32_t net = 0x7f400000u + (number % 0x2000u << 8);
  out.size_ = Fill(out.to_, family, net + 1);
  Fill(out.from_, family, net + 2);
  out.fd_ = Fd(socket(out.family_, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!out.fd_.ok()) return FailErrno("opening a socket");
  if (bind(out.fd_.get(), reinterpret_cast<sockaddr*>(&out.to_), out.size_) != 0 ||
      listen(out.fd_.get(), kBacklog) != 0 ||
      getsockname(out.fd_.get(), reinterpret_cast<sockaddr*>(&out.to_), &out.size_) != 0)
    return FailErrno("making a listener (-families " + family + ")");
  return out;
}

Result<Connection> Listener::Connect() const {
  Connection out;
  out.client = Fd(socket(family_, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!out.client.ok()) return FailErrno("opening a socket");
  // The port is chosen by connect(2), which knows both ends, and not here, where 28,000 would be all.
  const int on = 1;
  setsockopt(out.client.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (bind(out.client.get(), reinterpret_cast<const sockaddr*>(&from_), size_) != 0)
    return FailErrno("binding a socket");
  if (connect(out.client.get(), reinterpret_cast<const sockaddr*>(&to_), size_) != 0) return FailErrno("connecting");
  out.server = Fd(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!out.server.ok()) return FailErrno("accepting a connection");
  return out;
}

void Exchange(const Connection& connection) {
  char message[kMessageBytes] = {};
  const auto pass = [&message](int from, int to) {
    if (send(from, message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) return;
    while (recv(to, message, sizeof message, MSG_DONTWAIT) == static_cast<ssize_t>(sizeof message)) {
    }
  };
  pass(connection.client.get(), connection.server.get());
  pass(connection.server.get(), connection.client.get());
}

void Reset(Connection& connection) {
  const linger at_once{1, 0};
  for (Fd* end : {&connection.client, &connection.server}) {
    setsockopt(end->get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    end->Close();
  }
}

}  // namespace xtcp2::bench
