#include "decode/locate.h"

#include <gtest/gtest.h>

#include "decode/answer_for_test.h"
#include "schema/names.h"
#include "schema/read.h"

namespace xtcp2::decode {
namespace {

using schema::IndexOf;
using schema::Number;
using schema::Socket;
using schema::Text;

class LocateTest : public testing::Test {
 protected:
  bool Run(AnswerBuilder& answer, const LocateOptions& options = {}) {
    return Locate(answer.payload(), options, socket, counters);
  }
  Socket socket;
  LocateCounters counters;
};

TEST_F(LocateTest, AMessageUnder72BytesIsNoRow) {
  const std::vector<uint8_t> bytes(71 + kReadSlack);
  EXPECT_FALSE(Locate(Bytes(bytes).first(71), {}, socket, counters));
  EXPECT_EQ(counters.short_messages, 1u);
}

TEST_F(LocateTest, AbsentPartsReadAsZeroAndAreNotMarked) {
  AnswerBuilder answer(99, 10, 6);
  ASSERT_TRUE(Run(answer));
  EXPECT_EQ(socket.row.parts_present, 1u);
  EXPECT_EQ(Number<IndexOf("inet_diag_msg_family")>(socket), 10u);
  EXPECT_EQ(Number<IndexOf("inet_diag_msg_socket_cookie")>(socket), 99u);
  EXPECT_EQ(Number<IndexOf("tcp_info_rtt")>(socket), 0u);
  EXPECT_EQ(Text<IndexOf("inet_diag_cong")>(socket), "");
}

TEST_F(LocateTest, NothingOfTheSocketBeforeStays) {
  AnswerBuilder full;
  full.Add(2, Counting(280)).AddText(4, "cubic").Add(21, Counting(8));
  ASSERT_TRUE(Run(full));
  AnswerBuilder empty;
  ASSERT_TRUE(Run(empty));
  EXPECT_EQ(Number<IndexOf("tcp_info_rto")>(socket), 0u);
  EXPECT_EQ(Number<IndexOf("inet_diag_cgroup_id")>(socket), 0u);
  EXPECT_EQ(Text<IndexOf("inet_diag_cong")>(socket), "");
  EXPECT_EQ(Number<IndexOf("inet_diag_cong_enum")>(socket), 0u);
  EXPECT_EQ(Number<IndexOf("tcp_info_length")>(socket), 0u);
}

// Every length that a kernel has given, and odd ones: bytes that are there count, bytes that are not are zero.
TEST_F(LocateTest, TcpInfoOfEveryLengthIsReadToTheByte) {
  for (const size_t length : {0, 1, 104, 168, 191, 192, 200, 203, 224, 232, 240, 248, 279, 280, 300}) {
    AnswerBuilder answer;
    const std::vector<uint8_t> info(length, 0xff);
    answer.Add(2, info).Add(21, std::vector<uint8_t>(8, 0xee));  // what follows must not be taken for tcp_info
    ASSERT_TRUE(Run(answer));
    EXPECT_EQ(socket.row.tcp_info_length, length);
    for (const schema::Field& field : schema::kFields) {
      if (field.part != schema::Part::kInfo) continue;
      uint64_t expected = 0;
      const size_t size = LoadSize(field.load);
      for (size_t i = 0; i < size; ++i)
        if (field.offset + i < length) expected |= uint64_t{0xff} << 8 * i;
      if (field.load == schema::Load::kBits) expected &= (1u << field.bits) - 1;
      EXPECT_EQ(ReadNumber(field, socket), expected) << field.name << " at " << length;
    }
  }
  EXPECT_EQ(counters.longer_tcp_info[5], 1u);  // the one of 300 bytes
}

TEST_F(LocateTest, TheLastWordHasTwoLayouts) {
  std::vector<uint8_t> info(280);
  Store<uint32_t>(info.data() + 276, 0xabcdef00u | 3 << 4 | 2 << 2 | 1);
  AnswerBuilder answer;
  answer.Add(2, info);
  ASSERT_TRUE(Run(answer, {.accecn = AccEcnLayout::k7_0}));
  EXPECT_EQ(socket.row.ecn_mode, 1u);
  EXPECT_EQ(socket.row.accecn_opt_seen, 2u);
  EXPECT_EQ(socket.row.accecn_fail_mode, 3u);
  EXPECT_EQ(socket.row.options2, 0xabcdefu);
  ASSERT_TRUE(Run(answer, {.accecn = AccEcnLayout::k6_18}));
  EXPECT_EQ(socket.row.accecn_fail_mode, 0xef00u | 3 << 4 | 2 << 2 | 1);
  EXPECT_EQ(socket.row.accecn_opt_seen, 0xabcdu);
  EXPECT_EQ(socket.row.ecn_mode, 0u);
}

TEST_F(LocateTest, ShortSmallAttributesAreReadAsFarAsTheyGo) {
  AnswerBuilder answer;
  answer.Add(7, Counting(8)).Add(21, {0xff}).Add(5, {});
  ASSERT_TRUE(Run(answer));
  EXPECT_EQ(Number<IndexOf("sk_mem_info_rcvbuf")>(socket), 0x08070605u);
  EXPECT_EQ(Number<IndexOf("sk_mem_info_wmem_alloc")>(socket), 0u);
  EXPECT_EQ(Number<IndexOf("inet_diag_cgroup_id")>(socket), 0xffu);
  EXPECT_EQ(Number<IndexOf("inet_diag_tos")>(socket), 0u);
  EXPECT_EQ(counters.short_attributes, 3u);
}

TEST_F(LocateTest, NamesWithoutAnEndStayInsideTheirAttribute) {
  AnswerBuilder answer;
  answer.Add(4, {'b', 'b', 'r'}).Add(15, {'X', 'X', 'X', 'X'});
  ASSERT_TRUE(Run(answer));
  EXPECT_EQ(Text<IndexOf("inet_diag_cong")>(socket), "bbr");
  EXPECT_EQ(Number<IndexOf("inet_diag_cong_enum")>(socket), uint64_t{schema::kBbr1});
  AnswerBuilder full;
  full.AddText(4, "sixteen_bytes_ok");
  ASSERT_TRUE(Run(full));
  EXPECT_EQ(Text<IndexOf("inet_diag_cong")>(socket), "sixteen_bytes_ok");
}

TEST_F(LocateTest, TheUlpNameIsNested) {
  AnswerBuilder inner;
  std::vector<uint8_t> nested = {8, 0, 1, 0, 't', 'l', 's', 0, 8, 0, 2, 0, 1, 2, 3, 4};
  AnswerBuilder answer;
  answer.Add(19 | 0x8000, nested);
  ASSERT_TRUE(Run(answer));
  EXPECT_EQ(Text<IndexOf("inet_diag_ulp_name")>(socket), "tls");
  EXPECT_EQ(socket.row.parts_present, 1u | 1u << 19);
}

TEST_F(LocateTest, WhatIsNotWantedIsAsIfItHadNotCome) {
  AnswerBuilder answer;
  answer.Add(21, Counting(8)).Add(22, Counting(2));
  ASSERT_TRUE(Run(answer, {.wanted = ~Bit(schema::Part::kCgroup)}));
  EXPECT_EQ(Number<IndexOf("inet_diag_cgroup_id")>(socket), 0u);
  EXPECT_EQ(Number<IndexOf("inet_diag_sockopt")>(socket), 0x0201u);
  EXPECT_EQ(socket.row.parts_present, 1u | 1u << 22);
}

TEST_F(LocateTest, AttributesWithoutDecoderAreCountedByNumber) {
  AnswerBuilder answer;
  answer.Add(14, {}).Add(23, Counting(4)).Add(23, Counting(4)).Add(200, Counting(4));
  ASSERT_TRUE(Run(answer));
  EXPECT_EQ(counters.unknown[14], 1u);
  EXPECT_EQ(counters.unknown[23], 2u);
  EXPECT_EQ(counters.unknown[63], 1u);
}

TEST_F(LocateTest, ADamagedTailCostsOnlyWhatIsBehindIt) {
  AnswerBuilder answer;
  answer.Add(5, {42}).Add(6, {43});
  std::vector<uint8_t> bytes = answer.bytes();
  Store<uint16_t>(bytes.data() + 72 + 8, 200);  // the second attribute claims to reach past the message
  const size_t size = bytes.size();
  bytes.resize(size + kReadSlack);
  ASSERT_TRUE(Locate(Bytes(bytes).first(size), {}, socket, counters));
  EXPECT_EQ(Number<IndexOf("inet_diag_tos")>(socket), 42u);
  EXPECT_EQ(Number<IndexOf("inet_diag_tclass")>(socket), 0u);
  EXPECT_EQ(counters.damaged_attributes, 1u);
}

}  // namespace
}  // namespace xtcp2::decode
