#include "netlink/request.h"

#include <gtest/gtest.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

namespace xtcp2::netlink {
namespace {

constexpr uint64_t Bit(int n) { return uint64_t{1} << n; }

TEST(BuildDumpRequest, IsWhatTheSystemHeadersSay) {
  const auto bytes = BuildDumpRequest({AF_INET6, 0xfe, kAllStates, 4711});
  ASSERT_EQ(bytes.size(), NLMSG_LENGTH(sizeof(inet_diag_req_v2)));
  nlmsghdr header;
  inet_diag_req_v2 body;
  std::memcpy(&header, bytes.data(), sizeof header);
  std::memcpy(&body, bytes.data() + NLMSG_HDRLEN, sizeof body);
  EXPECT_EQ(header.nlmsg_len, bytes.size());
  EXPECT_EQ(header.nlmsg_type, SOCK_DIAG_BY_FAMILY);
  EXPECT_EQ(header.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
  EXPECT_EQ(header.nlmsg_seq, 4711u);
  EXPECT_EQ(body.sdiag_family, AF_INET6);
  EXPECT_EQ(body.sdiag_protocol, IPPROTO_TCP);
  EXPECT_EQ(body.idiag_ext, 0xfe);
  EXPECT_EQ(body.idiag_states, 0x1fffu);
}

TEST(BuildExactRequest, AsksForOneSocketAndNoDump) {
  abi::InetDiagSockId id{};
  id.sport = htons(443);
  id.dst[15] = 1;
  id.interface = 7;
  id.cookie[0] = 5;
  const auto bytes = BuildExactRequest({AF_INET6, 0xfe, 12, id});
  nlmsghdr header;
  inet_diag_req_v2 body;
  std::memcpy(&header, bytes.data(), sizeof header);
  std::memcpy(&body, bytes.data() + NLMSG_HDRLEN, sizeof body);
  EXPECT_EQ(header.nlmsg_len, NLMSG_LENGTH(sizeof(inet_diag_req_v2)));
  EXPECT_EQ(header.nlmsg_type, SOCK_DIAG_BY_FAMILY);
  EXPECT_EQ(header.nlmsg_flags, NLM_F_REQUEST);
  EXPECT_EQ(body.sdiag_protocol, IPPROTO_TCP);
  EXPECT_EQ(body.id.idiag_sport, htons(443));
  EXPECT_EQ(body.id.idiag_dst[3], htonl(1));
  EXPECT_EQ(body.id.idiag_if, 7u);
  EXPECT_EQ(body.id.idiag_cookie[0], 5u);
}

TEST(BuildExactRequest, WithoutCookieAnyWillDo) {
  const auto bytes = BuildExactRequest({AF_INET, 0xff, 1, {}});
  inet_diag_req_v2 body;
  std::memcpy(&body, bytes.data() + NLMSG_HDRLEN, sizeof body);
  EXPECT_EQ(body.id.idiag_cookie[0], INET_DIAG_NOCOOKIE);
  EXPECT_EQ(body.id.idiag_cookie[1], INET_DIAG_NOCOOKIE);
}

TEST(BuildDumpRequest, BothFamiliesIsTheOlderRequest) {
  std::vector<uint8_t> bytes{1, 2, 3};
  const std::vector<uint8_t> bytecode = {1, 4, 8, 0};
  BuildDumpRequest({kBothFamilies, 0xfe, 1u << 10, 9, bytecode}, bytes);
  ASSERT_EQ(bytes.size(), NLMSG_LENGTH(sizeof(inet_diag_req)) + NLA_HDRLEN + bytecode.size());
  nlmsghdr header;
  inet_diag_req body;
  nlattr attribute;
  std::memcpy(&header, bytes.data(), sizeof header);
  std::memcpy(&body, bytes.data() + NLMSG_HDRLEN, sizeof body);
  std::memcpy(&attribute, bytes.data() + NLMSG_HDRLEN + sizeof body, sizeof attribute);
  EXPECT_EQ(header.nlmsg_len, bytes.size());
  EXPECT_EQ(header.nlmsg_type, TCPDIAG_GETSOCK);
  EXPECT_EQ(header.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
  EXPECT_EQ(header.nlmsg_seq, 9u);
  EXPECT_EQ(body.idiag_ext, 0xfe);
  EXPECT_EQ(body.idiag_states, 1u << 10);
  EXPECT_EQ(attribute.nla_type, INET_DIAG_REQ_BYTECODE);
  EXPECT_EQ(attribute.nla_len, NLA_HDRLEN + bytecode.size());
  EXPECT_TRUE(std::equal(bytecode.begin(), bytecode.end(), bytes.end() - 4));
}

TEST(BuildDumpRequest, OneFamilyIsTheSameByBothBuilders) {
  const DumpRequest request{AF_INET, 0x12, kAllStates, 5, {}};
  std::vector<uint8_t> bytes;
  BuildDumpRequest(request, bytes);
  const auto array = BuildDumpRequest(request);
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), array.begin(), array.end()));
}

// The rows of the table in the interface facts: which deserializers ask for which bits.
TEST(ExtMask, FollowsTheWantedAttributes) {
  EXPECT_EQ(ExtMask(0), 0);
  EXPECT_EQ(ExtMask(Bit(INET_DIAG_MEMINFO) | Bit(INET_DIAG_SKMEMINFO)), 65);
  EXPECT_EQ(ExtMask(Bit(INET_DIAG_SKMEMINFO)), 64);
  EXPECT_EQ(ExtMask(Bit(INET_DIAG_INFO) | Bit(INET_DIAG_TOS)), 18);
  for (const int cc : {INET_DIAG_BBRINFO, INET_DIAG_DCTCPINFO, INET_DIAG_VEGASINFO})
    EXPECT_EQ(ExtMask(Bit(cc)), 4) << cc;
  EXPECT_EQ(ExtMask(Bit(INET_DIAG_SKMEMINFO) | Bit(INET_DIAG_BBRINFO)), 68);
  EXPECT_EQ(ExtMask(Bit(INET_DIAG_CONG)), 8);
  EXPECT_EQ(ExtMask(Bit(INET_DIAG_CLASS_ID)), 32);  // comes with the TCLASS bit
  EXPECT_EQ(ExtMask(~uint64_t{0}), 255);
}

}  // namespace
}  // namespace xtcp2::netlink
