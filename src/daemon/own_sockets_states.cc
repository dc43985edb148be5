// The half of OwnSockets that brings sockets into their states.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <algorithm>
#include <array>

#include "daemon/own_sockets.h"

namespace xtcp2::daemon {
namespace {

constexpr int kSmallBuffer = 4096;
constexpr int kOrphanTries = 20;  // of 5 ms: the acknowledgement of a FIN may be delayed

void Set(int fd, int level, int option, int value) { setsockopt(fd, level, option, &value, sizeof value); }

void Send(int fd, size_t bytes) {
  static constexpr std::array<char, 4096> kZeros{};
  [[maybe_unused]] const ssize_t sent = send(fd, kZeros.data(), std::min(bytes, kZeros.size()), MSG_NOSIGNAL);
}

void Drain(int fd) {
  std::array<char, 4096> bytes;
  pollfd ready{fd, POLLIN, 0};
  if (::poll(&ready, 1, 1) == 1) [[maybe_unused]]
    const ssize_t got = recv(fd, bytes.data(), bytes.size(), 0);
}

uint8_t StateOf(int fd) {
  tcp_info info{};
  socklen_t length = sizeof info;
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 ? info.tcpi_state : uint8_t{0};
}

// Values that differ from each other and from what they are by default. SO_MARK needs CAP_NET_ADMIN: else it is 0.
void SetOptions(int fd, int family) {
  Set(fd, IPPROTO_IP, IP_TOS, 0x48);
  if (family == AF_INET6) Set(fd, IPPROTO_IPV6, IPV6_TCLASS, 0x28);
  Set(fd, SOL_SOCKET, SO_PRIORITY, 5);
  Set(fd, SOL_SOCKET, SO_MARK, 0x5832);
  Set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  Set(fd, SOL_SOCKET, SO_MAX_PACING_RATE, 123'456'789);
  Set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  Set(fd, IPPROTO_IP, IP_RECVERR, 1);
  setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
}

}  // namespace

// ESTABLISHED at both ends, with options and counters that tell fields apart, and bytes that wait to be read.
bool OwnSockets::MakeQueued(const Home& home) {
  const Pair pair = MakePair(home);
  if (!pair.ok()) return false;
  SetOptions(pair.client, home.family);
  for (const size_t bytes : {100, 200, 300, 400, 500}) {
    Send(pair.client, bytes);
    Drain(pair.server);
  }
  Send(pair.server, 700);
  Drain(pair.client);
  Send(pair.client, 1000);
  Send(pair.client, 234);
  Add(pair.client, "established");
  Add(pair.server, "established");
  return true;
}

// LISTEN with a connection that nobody accepts, which fills its backlog of 0: the next one stays in SYN_SENT.
void OwnSockets::MakeUnanswered(const Home& home) {
  const int listener = Listen(home, 0);
  if (home.family == AF_INET6 && listener >= 0) Set(listener, IPPROTO_IPV6, IPV6_TCLASS, 0x30);
  Add(listener, "listening");
  const int first = Connect(home, listener);
  pollfd ready{listener, POLLIN, 0};
  if (first < 0 || ::poll(&ready, 1, 100) != 1) return;
  Add(first, "established");
  AddPeerOf(first, "not accepted");
  Add(Connect(home, listener), "connecting", listener);
}

// SYN_RECV: the listener waits for data before it lets a connection be.
void OwnSockets::MakeHalfOpen(const Home& home) {
  const int listener = Listen(home, 4);
  if (listener < 0) return;
  Set(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 60);
  const int client = Connect(home, listener);
  Add(client, "established");
  AddPeerOf(client, "half open");
}

// FIN_WAIT2 and CLOSE_WAIT.
void OwnSockets::MakeHalfClosed(const Home& home) {
  const Pair pair = MakePair(home);
  if (!pair.ok()) return;
  Send(pair.server, 77);
  shutdown(pair.client, SHUT_WR);
  Add(pair.client, "half closed");
  Add(pair.server, "half closed");
}

// More than the peer has room for is sent, so a FIN stands behind it: FIN_WAIT1, and LAST_ACK where the peer had
// closed before.
void OwnSockets::MakeStuffed(const Home& home) {
  for (const bool peer_closes : {false, true}) {
    const Pair pair = MakePair(home, kSmallBuffer);
    if (!pair.ok()) continue;
    Set(pair.server, SOL_SOCKET, SO_SNDBUF, kSmallBuffer);
    for (int i = 0; i < 8; ++i) Send(pair.server, kSmallBuffer);
    if (peer_closes) shutdown(pair.client, SHUT_WR);
    shutdown(pair.server, SHUT_WR);
    Add(pair.client, "stuffed");
    Add(pair.server, "stuffed");
  }
}

// Closed by its owner while the peer is open: what is left is as small as one in TIME_WAIT (tcp_time_wait(),
// net/ipv4/tcp_minisocks.c), and says FIN_WAIT2. The peer's reset ends it, which it would not end one in TIME_WAIT.
void OwnSockets::MakeOrphan(const Home& home) {
  const Pair pair = MakePair(home);
  if (!pair.ok()) return;
  shutdown(pair.client, SHUT_WR);
  pollfd none{-1, 0, 0};
  for (int i = 0; i < kOrphanTries && StateOf(pair.client) != TCP_FIN_WAIT2; ++i) ::poll(&none, 1, 5);
  Add(pair.client, "waiting after close");
  Add(pair.server, "half closed");
  std::erase_if(fds_, [&](const Fd& fd) { return fd.get() == pair.client; });
}

}  // namespace xtcp2::daemon
