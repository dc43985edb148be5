// What "empty" means, against the real kernel: in a namespace that a thread of the test makes (root).
#include "daemon/sockstat.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include <optional>

#include "daemon/netns_for_test.h"

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
    const TcpPort port(AF_INET);
    EXPECT_EQ(Read(*stat).ipv4, 1u);
    const Fd client = port.Connect(AF_INET), server = port.Accept();
    EXPECT_EQ(Read(*stat).ipv4, 3u);
    const TcpPort v6(AF_INET6);
    EXPECT_EQ(Read(*stat).ipv6, 1u);
  });
}

TEST(NetnsSockstat, TimeWaitIsNotEmpty) {
  InNewNetns([] {
    const Result<NetnsSockstat> stat = NetnsSockstat::OpenHere();
    ASSERT_TRUE(stat);
    {
      const TcpPort port(AF_INET);
      Fd client = port.Connect(AF_INET), server = port.Accept();
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
    std::optional<TcpPort> port(std::in_place, AF_INET);
    const int seconds = 30;  // TCP_DEFER_ACCEPT: the connection stays half-open until data comes
    ASSERT_EQ(setsockopt(port->fd(), IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds), 0);
    Fd client = port->Connect(AF_INET);
    EXPECT_EQ(Read(*stat).ipv4, 2u);  // listener and client; not the half-open one
    const linger abort_it{1, 0};
    setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &abort_it, sizeof abort_it);
    client.Close();
    port.reset();
    EXPECT_TRUE(Read(*stat).empty());
  });
}

TEST(NetnsSockstat, BoundOnlySocketsDoNotCount) {
  InNewNetns([] {
    const Result<NetnsSockstat> stat = NetnsSockstat::OpenHere();
    ASSERT_TRUE(stat);
    const Fd bound(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(4003);
    ASSERT_EQ(bind(bound.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_TRUE(Read(*stat).empty());
  });
}

TEST(NetnsSockstat, AFolderWithoutTheFilesIsAnError) { EXPECT_FALSE(NetnsSockstat::OpenHere("/nonexistent")); }

}  // namespace
}  // namespace xtcp2::daemon
