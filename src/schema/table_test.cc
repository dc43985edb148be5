#include "schema/table.h"

#include <gtest/gtest.h>

#include "schema/names.h"

namespace xtcp2::schema {
namespace {

TEST(Table, NamesFollowProtobufAndGo) {
  EXPECT_EQ(JsonName("uplink1_nic_fw_version"), "uplink1NicFwVersion");
  EXPECT_EQ(JsonName("c_group"), "cGroup");
  EXPECT_EQ(JsonName("label"), "label");
  EXPECT_EQ(GoName("uplink1_ifname"), "Uplink1Ifname");
  EXPECT_EQ(GoName("c_group"), "CGroup");
}

TEST(Table, EpochsHoldTheirFieldsInOrder) {
  EXPECT_EQ(FieldsOf(Epoch::k1).size(), 156u);
  EXPECT_EQ(kFields[FieldsOf(Epoch::k1).back()].Name(Epoch::k1), "c_group");
  EXPECT_EQ(kFields[FieldsOf(Epoch::k2).back()].number, 9029);
  for (const uint16_t i : FieldsOf(Epoch::k2)) {
    EXPECT_NE(kFields[i].number, 1011);
    EXPECT_NE(kFields[i].number, 2103);
  }
}

TEST(Table, FindsByEitherEpochsNameAndSpelling) {
  const size_t cgroup = IndexOf("inet_diag_cgroup_id");
  for (const char* name : {"inet_diag_cgroup_id", "inetDiagCgroupId", "c_group", "cGroup"}) {
    EXPECT_EQ(FindField(name, Epoch::k1), cgroup) << name;
    EXPECT_EQ(FindField(name, Epoch::k2), cgroup) << name;
  }
}

TEST(Table, FindsOnlyWhatTheEpochHas) {
  EXPECT_FALSE(FindField("tcp_info_received_ce", Epoch::k1));
  EXPECT_TRUE(FindField("tcp_info_received_ce", Epoch::k2));
  EXPECT_TRUE(FindField("inet_diag_msg_socket_dest_asn", Epoch::k1));
  EXPECT_FALSE(FindField("inet_diag_msg_socket_dest_asn", Epoch::k2));
  EXPECT_FALSE(FindField("", Epoch::k2));
  EXPECT_FALSE(FindField("tcp_info_rt", Epoch::k2));
}

TEST(Names, States) {
  EXPECT_EQ(StateName(1), "ESTABLISHED");
  EXPECT_EQ(StateName(6), "TIME_WAIT");
  EXPECT_EQ(StateName(12), "NEW_SYN_RECV");
  EXPECT_EQ(StateName(0), "");
  EXPECT_EQ(StateName(13), "");
  EXPECT_EQ(StateName(~uint64_t{0}), "");
}

TEST(Names, CongestionByTheKernelsName) {
  EXPECT_EQ(CongestionFromName("cubic"), kCubic);
  EXPECT_EQ(CongestionFromName("bbr"), kBbr1);
  EXPECT_EQ(CongestionFromName("bbr2"), kBbr2);
  EXPECT_EQ(CongestionFromName("bbr3"), kBbr3);
  EXPECT_EQ(CongestionFromName("bbrx"), kBbr1);
  EXPECT_EQ(CongestionFromName("dctcp-reno"), kDctcp);
  EXPECT_EQ(CongestionFromName("vegas"), kVegas);
  EXPECT_EQ(CongestionFromName("prague"), kPrague);
  EXPECT_EQ(CongestionFromName("reno"), kUnspecified);
  EXPECT_EQ(CongestionFromName(""), kUnspecified);
}

TEST(Names, EnumNumbersOutsideHaveNoName) {
  EXPECT_EQ(EnumValueName(Enumeration::kCollector, 5), "COLLECTOR_CAPTURE");
  EXPECT_EQ(EnumValueName(Enumeration::kCollector, 6), "");
  EXPECT_EQ(EnumValueName(Enumeration::kNone, 0), "");
}

}  // namespace
}  // namespace xtcp2::schema
