#include "daemon/own_sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <cstring>
#include <optional>

namespace xtcp2::daemon {
namespace {

constexpr int kAcceptTimeoutMs = 100;  // loopback delivers at once, where a processor is free

// Port, and address as inet_diag_sockid has it.
bool Fill(const sockaddr_storage& from, uint16_t& port, uint8_t (&address)[16]) {
  if (from.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
    port = v4.sin_port;
    std::memcpy(address, &v4.sin_addr, sizeof v4.sin_addr);
    return true;
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(from);
  port = v6.sin6_port;
  std::memcpy(address, &v6.sin6_addr, sizeof v6.sin6_addr);
  return from.ss_family == AF_INET6;
}

// `listener`: what it connects to, where it has no peer yet.
std::optional<OwnSockets::Who> WhoIs(int fd, const char* kind, int listener = -1) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  OwnSockets::Who who{static_cast<uint8_t>(address.ss_family), {}, kind};
  if (!Fill(address, who.id.sport, who.id.src)) return {};
  length = sizeof address;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0 ||
      (listener >= 0 && getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) == 0))
    Fill(address, who.id.dport, who.id.dst);
  return who;
}

}  // namespace

// IPv4, IPv6, and IPv4 through IPv6 sockets.
std::vector<OwnSockets::Home> OwnSockets::Homes() {
  std::vector<Home> homes(3);
  auto* v4 = reinterpret_cast<sockaddr_in*>(&homes[0].address);
  v4->sin_family = AF_INET;
  v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  homes[0].length = sizeof *v4;
  for (const size_t i : {1, 2}) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&homes[i].address);
    v6->sin6_family = AF_INET6;
    inet_pton(AF_INET6, i == 1 ? "::1" : "::ffff:127.0.0.1", &v6->sin6_addr);
    homes[i].length = sizeof *v6;
  }
  for (Home& home : homes) home.family = home.address.ss_family;
  return homes;
}

OwnSockets::OwnSockets() {
  for (const Home& home : Homes()) MakeAll(home);
}

OwnSockets::~OwnSockets() {
  const linger reset{1, 0};
  for (const Fd& fd : fds_) setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  // Clients first: their reset also ends what is half open at a listener. Listeners come before their clients.
  while (!fds_.empty()) fds_.pop_back();
}

void OwnSockets::MakeAll(const Home& home) {
  if (!MakeQueued(home)) return Add(Listen(home, 1), "listening");  // no connection can be made here: the others cannot
  MakeUnanswered(home);
  MakeHalfOpen(home);
  MakeHalfClosed(home);
  MakeStuffed(home);
  MakeOrphan(home);
}

int OwnSockets::Listen(const Home& home, int backlog) {
  Fd fd(socket(home.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.ok() || bind(fd.get(), reinterpret_cast<const sockaddr*>(&home.address), home.length) != 0 ||
      listen(fd.get(), backlog) != 0)
    return -1;
  fds_.push_back(std::move(fd));
  return fds_.back().get();
}

int OwnSockets::Connect(const Home& home, int listener, int receive_buffer) {
  sockaddr_storage to{};
  socklen_t length = sizeof to;
  if (listener < 0 || getsockname(listener, reinterpret_cast<sockaddr*>(&to), &length) != 0) return -1;
  Fd fd(socket(home.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.ok()) return -1;
  if (receive_buffer != 0) setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&to), length) != 0 && errno != EINPROGRESS) return -1;
  fds_.push_back(std::move(fd));
  return fds_.back().get();
}

int OwnSockets::Accept(int listener) {
  pollfd ready{listener, POLLIN, 0};
  if (listener < 0 || ::poll(&ready, 1, kAcceptTimeoutMs) != 1) return -1;
  Fd fd(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd.ok()) return -1;
  fds_.push_back(std::move(fd));
  return fds_.back().get();
}

OwnSockets::Pair OwnSockets::MakePair(const Home& home, int receive_buffer) {
  const int listener = Listen(home, 1);
  Pair pair;
  pair.client = Connect(home, listener, receive_buffer);
  pair.server = Accept(listener);
  return pair;
}

void OwnSockets::Add(int fd, const char* kind, int listener) {
  if (fd < 0) return;
  if (const auto who = WhoIs(fd, kind, listener)) all_.push_back(*who);
}

void OwnSockets::AddPeerOf(int fd, const char* kind) {
  const auto who = WhoIs(fd, kind);
  if (fd < 0 || !who || who->id.dport == 0) return;
  Who peer = *who;
  std::swap(peer.id.sport, peer.id.dport);
  std::swap(peer.id.src, peer.id.dst);
  all_.push_back(peer);
}

}  // namespace xtcp2::daemon
