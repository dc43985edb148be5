// Real peers for the tests of this folder, each on a thread of its own that ends with the object: a stream listener
// (tcp, unix) and a datagram receiver (udp, unixgram). All on the loopback or in a folder of the test.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <mutex>

#include "ship/connect.h"
#include "ship/test_support.h"

namespace xtcp2::ship::test {

// A bound socket: "ip4:PORT" and "ip6:PORT" on the loopback (0: any port), everything else is a unix path.
inline Fd Bind(const std::string& where, int type, int receive_buffer = 0) {
  Address address = where.starts_with("ip") ? Address{} : UnixAddress(where);
  if (where.starts_with("ip4:")) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    *v4 = {AF_INET, htons(static_cast<uint16_t>(std::stoul(where.substr(4)))), {htonl(INADDR_LOOPBACK)}, {}};
    address.length = sizeof *v4;
  } else if (where.starts_with("ip6:")) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<uint16_t>(std::stoul(where.substr(4))));
    v6->sin6_addr = in6addr_loopback;
    address.length = sizeof *v6;
  }
  Fd fd(socket(address.storage.ss_family, type | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (receive_buffer != 0) setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address.storage), address.length) != 0 ||
      (type == SOCK_STREAM && listen(fd.get(), 64) != 0))
    Die("binding " + where + ": " + ErrnoText(errno));
  return fd;
}

inline uint16_t PortOf(const Fd& fd) {
  sockaddr_in6 name{};
  socklen_t length = sizeof name;
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&name), &length);
  return ntohs(name.sin6_port);  // at the same place in both families
}

// Accepts one connection after the other and reads each until it ends, or until it has read as many bytes as `limit`
// says for that connection; then it closes, whatever is unread.
class StreamPeer {
 public:
  using Limit = std::function<size_t(size_t connection)>;
  static constexpr size_t kNoLimit = ~size_t{0};

  enum class Keep { kEverything, kNothing };

  explicit StreamPeer(const std::string& where = "ip4:0", Limit limit = {}, int receive_buffer = 0,
                      Keep keep = Keep::kEverything)
      : listener_(Bind(where, SOCK_STREAM, receive_buffer)),
        limit_(std::move(limit)),
        keep_(keep),
        thread_([this] { Run(); }) {}
  ~StreamPeer() { Stop(); }
  void Stop() {
    stop_.Set();
    if (thread_.joinable()) thread_.join();
    listener_.Close();
  }

  uint16_t port() const { return PortOf(listener_); }
  std::string tcp() const { return "tcp:127.0.0.1:" + std::to_string(port()); }
  // What each connection brought so far.
  std::vector<std::string> Connections() const {
    std::lock_guard lock(mutex_);
    return received_;
  }
  std::string All() const {
    std::string all;
    for (const auto& one : Connections()) all += one;
    return all;
  }

 private:
  void Run() {
    for (size_t number = 0; stop_.WaitFor(listener_.get(), POLLIN, kNever) == Interrupt::Outcome::kReady; ++number) {
      const Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd.ok()) continue;
      {
        std::lock_guard lock(mutex_);
        received_.emplace_back();
      }
      Read(fd, limit_ ? limit_(number) : kNoLimit);
    }
  }
  void Read(const Fd& fd, size_t left) {
    std::vector<char> buffer(64 * 1024);
    while (left > 0 && stop_.WaitFor(fd.get(), POLLIN, kNever) == Interrupt::Outcome::kReady) {
      const ssize_t n = recv(fd.get(), buffer.data(), std::min(left, buffer.size()), 0);
      if (n <= 0) return;
      left -= static_cast<size_t>(n);
      if (keep_ == Keep::kNothing) continue;
      std::lock_guard lock(mutex_);
      received_.back().append(buffer.data(), static_cast<size_t>(n));
    }
  }

  Fd listener_;
  const Limit limit_;
  const Keep keep_;
  Interrupt stop_;
  mutable std::mutex mutex_;
  std::vector<std::string> received_;
  std::thread thread_;
};

// Receives datagrams; Pause() leaves them in the kernel.
class DatagramPeer {
 public:
  explicit DatagramPeer(const std::string& where)
      : socket_(Bind(where, SOCK_DGRAM, 4 << 20)), thread_([this] { Run(); }) {}
  ~DatagramPeer() { Stop(); }
  void Stop() {
    stop_.Set();
    if (thread_.joinable()) thread_.join();
    socket_.Close();
  }
  uint16_t port() const { return PortOf(socket_); }
  void Pause(bool paused) { paused_ = paused; }
  std::vector<std::string> Datagrams() const {
    std::lock_guard lock(mutex_);
    return received_;
  }
  size_t Count() const {
    std::lock_guard lock(mutex_);
    return received_.size();
  }

 private:
  void Run() {
    std::vector<char> buffer(1 << 20);
    while (stop_.WaitFor(paused_ ? -1 : socket_.get(), POLLIN, MonotonicNs() + 2 * kNsPerMs) !=
           Interrupt::Outcome::kInterrupted) {
      if (paused_) continue;
      const ssize_t n = recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n < 0) continue;
      std::lock_guard lock(mutex_);
      received_.emplace_back(buffer.data(), static_cast<size_t>(n));
    }
  }

  Fd socket_;
  Interrupt stop_;
  std::atomic<bool> paused_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> received_;
  std::thread thread_;
};

}  // namespace xtcp2::ship::test
