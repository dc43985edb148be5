// The real kernel on the other end: needs no privilege.
#include "netlink/channel.h"

#include <gtest/gtest.h>

#include "netlink/message.h"
#include "netlink/netns.h"
#include "netlink/request.h"

namespace xtcp2::netlink {
namespace {

TEST(DiagSocket, AnswersCarryOurSequenceAndPort) {
  Result<DiagSocket> socket = DiagSocket::Open(2000);
  ASSERT_TRUE(socket) << socket.error().Text();
  ASSERT_TRUE(socket->Send(BuildDumpRequest({2, 0, kAllStates, 77})));
  Buffer buffer(65536);
  bool done = false;
  while (!done) {
    const Received received = socket->Receive(buffer.data(), buffer.capacity());
    ASSERT_EQ(received.kind, Received::Kind::kDatagram);
    ASSERT_EQ(received.size, received.real_size);
    MessageWalk walk({buffer.data(), received.size});
    for (Message message; walk.Next(message); done = done || message.type == kTypeDone) {
      EXPECT_EQ(message.seq, 77u);
      EXPECT_EQ(message.port_id, socket->port_id());
    }
  }
}

TEST(DiagSocket, SaysWhenADatagramWasCutOff) {
  Result<DiagSocket> socket = DiagSocket::Open(2000);
  ASSERT_TRUE(socket);
  ASSERT_TRUE(socket->Send(BuildDumpRequest({2, 0, kAllStates, 1})));
  uint8_t tiny[8];
  const Received received = socket->Receive(tiny, sizeof tiny);
  ASSERT_EQ(received.kind, Received::Kind::kDatagram);
  EXPECT_EQ(received.size, sizeof tiny);
  EXPECT_GT(received.real_size, received.size);
}

TEST(DiagSocket, SilenceEndsWithTheTimeout) {
  Result<DiagSocket> socket = DiagSocket::Open(20);
  ASSERT_TRUE(socket);
  uint8_t buffer[64];
  EXPECT_EQ(socket->Receive(buffer, sizeof buffer).kind, Received::Kind::kSilence);
}

TEST(Netns, RefusesWhatIsNoNamespace) {
  EXPECT_FALSE(OpenNetns("/proc/self/status"));
  EXPECT_FALSE(OpenNetns("/proc/self/ns/no-such"));
  const Result<NetnsHome> home = NetnsHome::Here();
  ASSERT_TRUE(home) << home.error().Text();
  EXPECT_NE(home->id().inode, 0u);
}

}  // namespace
}  // namespace xtcp2::netlink
