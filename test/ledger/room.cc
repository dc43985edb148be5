#include "room.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace xtcp2::test {
namespace {

constexpr int kNetnsCookie = 71;  // SO_NETNS_COOKIE
constexpr uint16_t kAccepting = 7000, kIdle = 7001, kNobody = 7002;
constexpr uint32_t kMostBytes = 2000;

int Must(int result, const char* what) {
  if (result == -1) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

sockaddr_in At(uint32_t host, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(host);
  address.sin_port = htons(port);
  return address;
}

Fd Open() { return Fd(Must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")); }

Fd Listen(uint16_t port) {
  Fd made = Open();
  const int on = 1;
  Must(setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
  const sockaddr_in address = At(INADDR_ANY, port);
  Must(bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  Must(listen(made.get(), 4096), "listen");
  return made;
}

uint16_t PortOf(const Fd& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  Must(getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  return ntohs(address.sin_port);
}

void Abort(Fd& socket) {
  const linger zero{1, 0};
  Must(setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &zero, sizeof zero), "SO_LINGER");
  socket.Close();
}

void Send(const Fd& from, uint32_t size) {
  static const char kText[kMostBytes] = {};
  if (size) Must(static_cast<int>(send(from.get(), kText, size, MSG_NOSIGNAL)), "send");
}

// Waits for `size` bytes, or for the end where it is 0.
void Receive(const Fd& to, uint32_t size) {
  char heard[kMostBytes];
  if (recv(to.get(), heard, size ? size : 1, MSG_WAITALL) == -1 && size) Must(-1, "recv");
}

void AwaitAcknowledgement(const Fd& socket) {
  for (int waiting = 1; waiting != 0;) Must(ioctl(socket.get(), SIOCOUTQ, &waiting), "SIOCOUTQ");
}

}  // namespace

Room::Room() {
  Must(unshare(CLONE_NEWNET), "unshare");
  netns_ = Fd(Must(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "/proc/thread-self/ns/net"));
  accepting_ = Open();
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  Must(ioctl(accepting_.get(), SIOCSIFFLAGS, &request), "lo");
  socklen_t size = sizeof cookie_;
  Must(getsockopt(accepting_.get(), SOL_SOCKET, kNetnsCookie, &cookie_, &size), "SO_NETNS_COOKIE");
  accepting_ = Listen(kAccepting);
}

void Room::Enter() const { Must(setns(netns_.get(), CLONE_NEWNET), "setns"); }

// Every connection of a room goes to another address, so no tuple comes twice.
bool Room::Connect(Pair& pair, uint16_t port, uint8_t client_ending, uint8_t server_ending) {
  const uint32_t remote = (127u << 24 | 1u << 16) + number_++ % 0xfd0000, local = INADDR_LOOPBACK;
  pair.client = Open();
  if (port == kNobody) {  // a port that is still known when the connection has failed
    const sockaddr_in address = At(local, 0);
    Must(bind(pair.client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  }
  const sockaddr_in address = At(remote, port);
  const bool connected = connect(pair.client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (!connected && errno != ECONNREFUSED) Must(-1, "connect");
  const uint16_t local_port = PortOf(pair.client);
  pair.here = {cookie_, local, remote, local_port, port, 0, 0, client_ending, XTCP2_OPENED_ACTIVE};
  pair.there = {cookie_, remote, local, port, local_port, 0, 0, server_ending, XTCP2_OPENED_PASSIVE};
  return connected;
}

void Room::Exchange(Pair& pair) {
  pair.server = Fd(Must(accept4(accepting_.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
  const uint32_t forth = number_ * 7 % kMostBytes, back = number_ * 13 % kMostBytes;
  Send(pair.client, forth);
  if (forth) Receive(pair.server, forth);
  Send(pair.server, back);
  if (back) Receive(pair.client, back);
  pair.here.sent = pair.there.received = forth;
  pair.there.sent = pair.here.received = back;
}

void Room::Finished(const Pair& pair, std::vector<End>& log) {
  log.push_back(pair.here);
  log.push_back(pair.there);
}

void Room::Refused(std::vector<End>& log) {
  Pair pair;
  Connect(pair, kNobody, XTCP2_ENDING_REFUSED, 0);
  log.push_back(pair.here);
}

void Room::Make(unsigned count, std::vector<End>& log) {
  std::vector<Pair> never;
  idle_ = Listen(kIdle);
  for (unsigned i = 0; i < count; ++i) {
    const unsigned kind = number_ % 10;
    Pair pair;
    if (kind == 8) {
      Refused(log);
    } else if (kind == 9) {
      Connect(pair, kIdle, XTCP2_ENDING_RESET_RECEIVED, XTCP2_ENDING_RESET_SENT);
      pair.here.sent = pair.there.received = number_ % kMostBytes;
      Send(pair.client, pair.here.sent);
      never.push_back(std::move(pair));
    } else if (kind < 6) {
      Connect(pair, kAccepting, XTCP2_ENDING_CLOSED, XTCP2_ENDING_CLOSED);
      Exchange(pair);
      Fd &first = kind < 4 ? pair.client : pair.server, &second = kind < 4 ? pair.server : pair.client;
      first.Close();
      Receive(second, 0);
      Finished(pair, log);
    } else {
      const bool client = kind == 6;
      Connect(pair, kAccepting, client ? XTCP2_ENDING_RESET_SENT : XTCP2_ENDING_RESET_RECEIVED,
              client ? XTCP2_ENDING_RESET_RECEIVED : XTCP2_ENDING_RESET_SENT);
      Exchange(pair);
      Abort(client ? pair.client : pair.server);
      Receive(client ? pair.server : pair.client, 0);
      Finished(pair, log);
    }
  }
  for (const Pair& pair : never) AwaitAcknowledgement(pair.client);
  idle_.Close();
  for (Pair& pair : never) {
    Receive(pair.client, 0);
    pair.client.Close();
    Finished(pair, log);
  }
}

}  // namespace xtcp2::test
