// Captures of five other kernels' netlink monitor devices, which are not part of the repository: XTCP2_FIXTURES names
// their folder. What each must hold was counted by other programs.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "collect/replay_for_test.h"

namespace xtcp2::collect {
namespace {

struct Fixture {
  const char* file;
  uint64_t datagrams, other_protocols, requests, answers, dones;
};

const Fixture kFixtures[] = {
    {"4_19_319/4_19_319_tcp_1000_sockets.pcap", 34, 0, 2, 2216, 2},
    {"4_19_319/4_19_319_tcp_100_sockets.pcap", 11, 0, 2, 311, 2},
    {"4_19_319/4_19_319_tcp_10_sockets.pcap", 7, 0, 2, 33, 2},
    {"4_19_319/netlink_sock_diag_reply_single_packet_port4005.pcap", 1, 0, 0, 3, 0},
    {"4_19_319/netlink_sock_diag_request_single_packet_v4.pcap", 1, 0, 1, 0, 0},
    {"4_19_319/netlink_sock_diag_response_dump_done.pcap", 1, 0, 0, 0, 1},
    {"5_4_281/5_4_281_tcp_1000_sockets.pcap", 30, 0, 2, 1864, 2},
    {"5_4_281/5_4_281_tcp_1000_sockets_sleep1ms.pcap", 46, 0, 2, 3003, 2},
    {"5_4_281/5_4_281_tcp_100_sockets.pcap", 11, 0, 2, 312, 2},
    {"5_4_281/5_4_281_tcp_10_sockets.pcap", 7, 0, 2, 33, 2},
    {"5_4_281/netlink_sock_diag_reply_single_packet_port4049.pcap", 1, 0, 0, 77, 0},
    {"5_4_281/netlink_sock_diag_request_single_packet_v4.pcap", 1, 0, 1, 0, 0},
    {"5_4_281/netlink_sock_diag_response_dump_done.pcap", 1, 0, 0, 0, 1},
    {"6_1_103/6_1_103_tcp_100_sockets.pcap", 11, 0, 2, 312, 2},
    {"6_1_103/6_1_103_tcp_10_sockets.pcap", 7, 0, 2, 33, 2},
    {"6_6_44/netlink_sock_diag_reply_single_packet.pcap", 1, 0, 0, 3, 0},
    {"6_6_44/netlink_sock_diag_reply_single_packet2.pcap", 1, 0, 0, 8, 0},
    {"6_6_44/netlink_sock_diag_reply_single_packet_from_10k.pcap", 1, 0, 0, 72, 0},
    {"6_6_44/netlink_sock_diag_reply_single_packet_port4001.pcap", 1, 0, 0, 3, 0},
    {"6_6_44/netlink_sock_diag_reply_single_packet_port4018.pcap", 1, 0, 0, 17, 0},
    {"6_6_44/netlink_sock_diag_reply_single_packet_port443v4.pcap", 1, 0, 0, 7, 0},
    {"6_6_44/netlink_sock_diag_reply_single_packet_port443v6.pcap", 1, 0, 0, 11, 0},
    {"6_6_44/netlink_sock_diag_reply_single_packet_port443v6_2.pcap", 1, 0, 0, 3, 0},
    {"6_6_44/netlink_sock_diag_request_single_packet_v4.pcap", 1, 0, 1, 0, 0},
    {"6_6_44/netlink_sock_diag_request_single_packet_v6.pcap", 1, 0, 1, 0, 0},
    {"6_6_44/netlink_sock_diag_response_dump_done.pcap", 1, 0, 0, 0, 1},
    {"6_6_44/ss_tcp_info_a_4.pcap", 6, 0, 2, 15, 2},
    {"6_6_44/tcp_1000_sockets.pcap", 147, 0, 6, 9006, 6},
    {"6_6_44/tcp_100_sockets.pcap", 36, 0, 6, 1200, 6},
    {"6_6_44/tcp_100_sockets_bbr.pcap", 33, 16, 6, 909, 6},
    {"6_6_44/tcp_100_sockets_dctcp.pcap", 33, 1, 6, 1206, 6},
    {"6_6_44/tcp_100_sockets_vegas.pcap", 33, 8, 6, 1192, 6},
    {"6_6_44/tcp_10_sockets.pcap", 21, 0, 6, 96, 6},
    {"6_8_12/6_8_12_tcp_1000_sockets.pcap", 27, 0, 2, 1492, 2},
    {"6_8_12/6_8_12_tcp_1000_sockets_sleep1ms.pcap", 38, 0, 2, 2424, 2},
    {"6_8_12/6_8_12_tcp_100_sockets.pcap", 11, 0, 2, 312, 2},
    {"6_8_12/6_8_12_tcp_10_sockets.pcap", 7, 0, 2, 33, 2},
};

// Empty where there are none: these tests then do not exist, and say so.
std::string FixtureFolder() {
  const char* folder = std::getenv("XTCP2_FIXTURES");
  return folder == nullptr ? std::string() : std::string(folder);
}
std::vector<Fixture> Present() {
  if (FixtureFolder().empty()) {
    std::fputs("no captures of other kernels are replayed: XTCP2_FIXTURES is not set\n", stderr);
    return {};
  }
  return {std::begin(kFixtures), std::end(kFixtures)};
}

class ReplayFixture : public ::testing::TestWithParam<Fixture> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ReplayFixture);
INSTANTIATE_TEST_SUITE_P(Captured, ReplayFixture, ::testing::ValuesIn(Present()),
                         [](const auto& each) { return "n" + std::to_string(each.index); });

TEST_P(ReplayFixture, HoldsWhatOthersCounted) {
  const Fixture& fixture = GetParam();
  const std::string path = FixtureFolder() + "/" + fixture.file;
  SCOPED_TRACE(path);
  auto reader = CaptureReader::Open(path);
  ASSERT_TRUE(reader) << reader.error().Text();
  uint64_t dones = 0;
  while (const CapturedDatagram* datagram = (*reader)->Next()) {
    EXPECT_GE(datagram->bytes.size(), 16u);
    dones += Load<uint16_t>(datagram->bytes.data() + 4) == 3;
  }
  EXPECT_TRUE((*reader)->Status());
  EXPECT_EQ((*reader)->counts().datagrams, fixture.datagrams);
  EXPECT_EQ((*reader)->counts().other_protocols, fixture.other_protocols);
  EXPECT_EQ(dones, fixture.dones);

  const testing::ReplayResult result = testing::RunReplay({path});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.counts.requests, fixture.requests);
  EXPECT_EQ(result.counts.rows, fixture.answers);
  EXPECT_EQ(result.Rows().size(), fixture.answers);
  for (const testing::Record& row : result.Rows()) {
    EXPECT_EQ(row.collector(), 5);
    EXPECT_TRUE(row.inet_diag_msg_family() == 2 || row.inet_diag_msg_family() == 10);
    EXPECT_TRUE(row.tcp_info_length() == 0 || row.tcp_info_length() >= 224);
    EXPECT_NE(row.inet_diag_msg_socket_cookie(), 0u);
  }
}

}  // namespace
}  // namespace xtcp2::collect
