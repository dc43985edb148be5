// A network namespace for one test, and sockets in it; root.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>
#include <functional>
#include <thread>

#include "base/fd.h"

namespace xtcp2::daemon {

// Runs `body` on a thread in a network namespace of its own, with lo up. The last thing a test does.
inline void InNewNetns(const std::function<void()>& body) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to make a network namespace";
  std::thread([&] {
    ASSERT_EQ(unshare(CLONE_NEWNET), 0) << strerror(errno);
    const Fd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP;
    ASSERT_EQ(ioctl(any.get(), SIOCSIFFLAGS, &request), 0);
    body();
  }).join();
}

// A listener on a port of the kernel's choice, on loopback (IPv4) or on every address (IPv6, which takes both).
class TcpPort {
 public:
  explicit TcpPort(int family, uint16_t port = 0) : fd_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_storage address{};
    Fill(family, port, family == AF_INET, address);
    EXPECT_EQ(bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0) << strerror(errno);
    EXPECT_EQ(listen(fd_.get(), 1000), 0);
    socklen_t length = sizeof address;
    getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);  // at the same place in both families
  }
  uint16_t port() const { return port_; }
  int fd() const { return fd_.get(); }

  Fd Connect(int family) const {
    Fd fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_storage address{};
    Fill(family, port_, true, address);
    EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0) << strerror(errno);
    return fd;
  }
  Fd Accept() const { return Fd(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }

 private:
  static void Fill(int family, uint16_t port, bool loopback, sockaddr_storage& address) {
    address.ss_family = static_cast<sa_family_t>(family);
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address);
    v4->sin_port = htons(port);
    if (family == AF_INET && loopback) v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (family == AF_INET6 && loopback) v6->sin6_addr = in6addr_loopback;
  }

  Fd fd_;
  uint16_t port_ = 0;
};

}  // namespace xtcp2::daemon
