// The proof that one walk for both families (TCPDIAG_GETSOCK) gives what a dump of each family gives, byte for byte,
// from the real kernel: in a namespace that a thread of the test makes (root).
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include <map>

#include "abi/inet_diag.h"
#include "collect/walk.h"
#include "daemon/netns_for_test.h"
#include "netlink/channel.h"
#include "netlink/message.h"
#include "netlink/request.h"

namespace xtcp2::daemon {
namespace {

using Answers = std::map<uint64_t, std::vector<uint8_t>>;  // by cookie

// What moves by itself between two dumps: the timer's rest, and times since something happened.
void Still(std::vector<uint8_t>& answer) {
  std::memset(answer.data() + offsetof(abi::InetDiagMsg, expires), 0, 4);
  netlink::AttributeWalk walk(Bytes(answer).subspan(sizeof(abi::InetDiagMsg)));
  for (netlink::Attribute attribute; walk.Next(attribute);) {
    if (attribute.type != abi::kInetDiagInfo) continue;
    auto* info = const_cast<uint8_t*>(attribute.value.data());
    std::memset(info + offsetof(abi::TcpInfo, last_data_sent), 0, 16);
  }
}

void Dump(uint8_t family, Answers& answers) {
  Result<netlink::DiagSocket> socket = netlink::DiagSocket::Open(2000);
  ASSERT_TRUE(socket) << socket.error().Text();
  std::vector<uint8_t> request;
  netlink::BuildDumpRequest({family, 0xff, netlink::kAllStates, 7, {}}, request);
  ASSERT_TRUE(socket->Send(request));
  Buffer buffer(64 * 1024);
  for (bool done = false; !done;) {
    const netlink::Received received = socket->Receive(buffer.data(), buffer.capacity());
    ASSERT_EQ(received.kind, netlink::Received::Kind::kDatagram);
    const auto outcome =
        collect::WalkDatagram({buffer.data(), received.size}, {false, 7, socket->port_id()}, [&](Bytes a) {
          std::vector<uint8_t> answer(a.begin(), a.end());
          const uint64_t cookie = Load<uint64_t>(a.data() + offsetof(abi::InetDiagMsg, id.cookie));
          Still(answer);
          EXPECT_TRUE(answers.emplace(cookie, std::move(answer)).second) << "a socket came twice";
        });
    ASSERT_FALSE(outcome.refused) << ErrnoText(outcome.code);
    done = outcome.done;
  }
}

TEST(OneWalk, GivesTheSameAnswersAsADumpOfEachFamily) {
  InNewNetns([] {
    const TcpPort v4(AF_INET), v6(AF_INET6);  // the second takes IPv4 peers as well
    std::vector<Fd> sockets;
    for (int i = 0; i < 300; ++i) {
      const TcpPort& to = i % 3 == 0 ? v4 : v6;
      const int from = i % 3 == 2 ? AF_INET6 : AF_INET;
      sockets.push_back(to.Connect(from));
      sockets.push_back(to.Accept());
      if (i % 7 == 0) {
        ASSERT_EQ(write(sockets.back().get(), "unread", 6), 6);
      }
    }
    for (int i = 0; i < 20; ++i) sockets[static_cast<size_t>(i)].Close();  // TIME_WAIT, CLOSE_WAIT, FIN_WAIT
    Answers one_walk, by_family;
    Dump(netlink::kBothFamilies, one_walk);
    Dump(AF_INET, by_family);
    Dump(AF_INET6, by_family);
    EXPECT_GT(one_walk.size(), 580u);
    EXPECT_EQ(one_walk.size(), by_family.size());
    for (const auto& [cookie, answer] : by_family) EXPECT_EQ(one_walk[cookie], answer) << "cookie " << cookie;
  });
}

}  // namespace
}  // namespace xtcp2::daemon
