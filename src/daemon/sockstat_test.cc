// What "empty" means, against the real kernel: in a namespace that a thread of the test makes (root).
#include "daemon/sockstat.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <functional>
#include <thread>

namespace xtcp2::daemon {
namespace {

TEST(ParseSockstat, ReadsTheTwoFiles) {
  SocketCounts counts;
  EXPECT_TRUE(ParseSockstat("sockets: used 9\nTCP: inuse 3 orphan 5 tw 2 alloc 7 mem 1\nUDP: inuse 4 mem 2\n", counts));
  EXPECT_TRUE(ParseSockstat("TCP6: inuse 11\nUDP6: inuse 1\n", counts));
  EXPECT_EQ(counts.ipv4, 3u);
  EXPECT_EQ(counts.time_wait, 2u);
  EXPECT_EQ(counts.ipv6, 11u);
  EXPECT_EQ(counts.total(), 16u);
}

TEST(ParseSockstat, SaysWhenThereIsNothingOfTcp) {
  SocketCounts counts;
  for (const char* text : {"", "\n", "UDP: inuse 4 mem 2\n", "TCP: used 4\n", "TCP: inuse x\n"})
    EXPECT_FALSE(ParseSockstat(text, counts)) << text;
  EXPECT_TRUE(counts.empty());
}

// Runs `body` on a thread in a network namespace of its own, with lo up.
void InNewNetns(const std::function<void()>& body) {
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

Fd TcpSocket(int family) { return Fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

Fd Listener(uint16_t port) {
  Fd fd = TcpSocket(AF_INET);
  const sockaddr_in address = Loopback(port);
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(listen(fd.get(), 8), 0);
  return fd;
}

Fd Connected(uint16_t port) {
  Fd fd = TcpSocket(AF_INET);
  const sockaddr_in address = Loopback(port);
  EXPECT_EQ(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return fd;
}

SocketCounts Read(const NetnsSockstat& stat) {
  const Result<SocketCounts> counts = stat.Read();
  EXPECT_TRUE(counts) << counts.error().Text();
  return counts.value_or(SocketCounts{});
}

TEST(NetnsSockstat, CountsListenersAndConnectionsOfItsNamespaceOnly) {
  InNewNetns([] {
    const Result<NetnsSockstat> stat = NetnsSockstat::OpenHere();
    ASSERT_TRUE(stat) << stat.error().Text();
    EXPECT_TRUE(Read(*stat).empty());
    const Fd listener = Listener(4000);
    EXPECT_EQ(Read(*stat).ipv4, 1u);
    const Fd client = Connected(4000);
    const Fd server(accept(listener.get(), nullptr, nullptr));
    EXPECT_EQ(Read(*stat).ipv4, 3u);
    const Fd v6 = TcpSocket(AF_INET6);
    EXPECT_EQ(listen(v6.get(), 1), 0);
    EXPECT_EQ(Read(*stat).ipv6, 1u);
  });
}

TEST(NetnsSockstat, TimeWaitIsNotEmpty) {
  InNewNetns([] {
    const Result<NetnsSockstat> stat = NetnsSockstat::OpenHere();
    ASSERT_TRUE(stat);
    {
      const Fd listener = Listener(4001);
      Fd client = Connected(4001);
      Fd server(accept(listener.get(), nullptr, nullptr));
      client.Close();
      server.Close();
    }
    const SocketCounts counts = Read(*stat);
    EXPECT_EQ(counts.time_wait, 1u);
    EXPECT_EQ(counts.ipv4, 0u);
    EXPECT_FALSE(counts.empty());
  });
}

// A half-open connection is in no count, and goes with its listener: where nothing is in use there is none.
TEST(NetnsSockstat, AHalfOpenConnectionHasAListener) {
  InNewNetns([] {
    const Result<NetnsSockstat> stat = NetnsSockstat::OpenHere();
    ASSERT_TRUE(stat);
    Fd listener = Listener(4002);
    const int seconds = 30;  // TCP_DEFER_ACCEPT: the connection stays half-open until data comes
    ASSERT_EQ(setsockopt(listener.get(), IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds), 0);
    Fd client = Connected(4002);
    EXPECT_EQ(Read(*stat).ipv4, 2u);  // listener and client; not the half-open one
    const linger abort_it{1, 0};
    setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &abort_it, sizeof abort_it);
    client.Close();
    listener.Close();
    EXPECT_TRUE(Read(*stat).empty());
  });
}

TEST(NetnsSockstat, BoundOnlySocketsDoNotCount) {
  InNewNetns([] {
    const Result<NetnsSockstat> stat = NetnsSockstat::OpenHere();
    ASSERT_TRUE(stat);
    const Fd bound = TcpSocket(AF_INET);
    const sockaddr_in address = Loopback(4003);
    ASSERT_EQ(bind(bound.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_TRUE(Read(*stat).empty());
  });
}

TEST(NetnsSockstat, AFolderWithoutTheFilesIsAnError) { EXPECT_FALSE(NetnsSockstat::OpenHere("/nonexistent")); }

}  // namespace
}  // namespace xtcp2::daemon
