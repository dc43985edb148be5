// For tests: a socket that speaks whatever bytes the test wants, with a deadline on everything. Loopback only.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"

namespace xtcp2 {

class TestClient {
 public:
  explicit TestClient(uint16_t port, bool ipv6 = false, int receive_buffer = 0) {
    fd_ = Fd(::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (receive_buffer) ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    six.sin6_addr = IN6ADDR_LOOPBACK_INIT;
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ipv6 ? ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&six), sizeof six) == 0
                      : ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&four), sizeof four) == 0;
  }
  bool connected() const { return connected_; }

  bool Send(std::string_view text) const {
    return ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  // Everything until the peer closes; "(timeout)" at the end when it does not within the limit.
  std::string ReadAll(int limit_ms = 10'000) const {
    std::string text;
    const int64_t end_ns = MonotonicNs() + limit_ms * kNsPerMs;
    while (true) {
      pollfd ready{fd_.get(), POLLIN, 0};
      const int64_t left_ms = (end_ns - MonotonicNs()) / kNsPerMs;
      if (left_ms <= 0 || ::poll(&ready, 1, static_cast<int>(left_ms)) <= 0) return text + "(timeout)";
      char buffer[4096];
      const ssize_t count = ::recv(fd_.get(), buffer, sizeof buffer, 0);
      if (count <= 0) return text;
      text.append(buffer, static_cast<size_t>(count));
    }
  }
  std::string Ask(std::string_view request) const { return Send(request) ? ReadAll() : "(not sent)"; }

 private:
  Fd fd_;
  bool connected_ = false;
};

}  // namespace xtcp2
