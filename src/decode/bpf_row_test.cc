// A row of our BPF programs and the netlink answer of the same socket make the same of every field.
#include "decode/bpf_row.h"

#include <gtest/gtest.h>

#include <cstring>

#include "decode/answer_for_test.h"
#include "schema/read.h"

namespace xtcp2::decode {
namespace {

using schema::Part;

template <class T>
std::vector<uint8_t> Copy(const T& value) {
  std::vector<uint8_t> bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

class BpfRowTest : public testing::Test {
 protected:
  BpfRowTest() {
    for (size_t i = 0; i < sizeof row().info; ++i) row().info[i] = static_cast<uint8_t>(i * 7 + 1);
    for (size_t i = 0; i < 9; ++i) row().skmem[i] = static_cast<uint32_t>(1000 + i);
    for (size_t i = 0; i < 4; ++i) row().meminfo[i] = static_cast<uint32_t>(2000 + i);
    for (size_t i = 0; i < 5; ++i) row().ca_info[i] = static_cast<uint32_t>(0x01020304 + i);
    for (size_t i = 0; i < sizeof row().msg; ++i) row().msg[i] = static_cast<uint8_t>(200 - i);
    std::strcpy(row().cong, "cubic");
    std::strcpy(row().ulp, "mptcp");
    row().info_length = sizeof row().info;
    row().mark = 77;
    row().cgroup_id = 0x1122334455667788;
    row().class_id = 9;
    row().tos = 8, row().tclass = 4, row().shutdown = 3, row().v6only = 1;
    row().sockopt[0] = 0x12, row().sockopt[1] = 0x03;
  }

  xtcp2_bpf_row& row() { return rows_[0]; }

  // What netlink answers when it has these parts.
  AnswerBuilder Answer(uint64_t parts) {
    AnswerBuilder answer({row().msg, sizeof row().msg});
    const auto add = [&](Part part, std::vector<uint8_t> bytes) {
      if (parts & Bit(part)) answer.Add(static_cast<uint16_t>(part), std::move(bytes));
    };
    const std::vector<uint8_t> ca = Copy(row().ca_info);
    add(Part::kMemInfo, Copy(row().meminfo));
    add(Part::kInfo, {row().info, row().info + row().info_length});
    add(Part::kVegas, {ca.begin(), ca.begin() + 16});
    if (parts & Bit(Part::kCong)) answer.AddText(4, row().cong);
    add(Part::kTos, {row().tos});
    add(Part::kTclass, {row().tclass});
    add(Part::kSkMem, Copy(row().skmem));
    add(Part::kShutdown, {row().shutdown});
    add(Part::kDctcp, {ca.begin(), ca.begin() + 16});
    add(Part::kSkV6Only, {row().v6only});
    add(Part::kMark, Copy(row().mark));
    add(Part::kBbr, ca);
    add(Part::kClassId, Copy(row().class_id));
    if (parts & Bit(Part::kUlp)) answer.Add(19, {10, 0, 1, 0, 'm', 'p', 't', 'c', 'p', 0, 0, 0});
    add(Part::kCgroup, Copy(row().cgroup_id));
    add(Part::kSockopt, Copy(row().sockopt));
    return answer;
  }

  // Names of the fields that differ; the row has these parts and the user wants those.
  std::vector<std::string_view> Differences(uint64_t parts, const LocateOptions& options) {
    AnswerBuilder answer = Answer(parts);
    row().parts = parts & ~Bit(Part::kMsg);
    LocateCounters counters;
    EXPECT_TRUE(Locate(answer.payload(), options, by_netlink_, counters));
    LocateRow(row(), options, by_bpf_);
    std::vector<std::string_view> names;
    for (const schema::Field& field : schema::kFields) {
      if (field.part == Part::kContext || field.part == Part::kNone) continue;
      const size_t size = schema::LoadSize(field.load);
      if (std::memcmp(schema::Place(field, by_netlink_), schema::Place(field, by_bpf_), size) != 0)
        names.push_back(field.name);
    }
    return names;
  }

  schema::Socket by_netlink_, by_bpf_;

 private:
  std::array<xtcp2_bpf_row, 2> rows_{};  // the second: slack
};

constexpr uint64_t kNames = Bit(Part::kCong) | Bit(Part::kUlp);
constexpr uint64_t kFull = Bit(Part::kMsg) | Bit(Part::kMemInfo) | Bit(Part::kInfo) | Bit(Part::kTos) |
                           Bit(Part::kTclass) | Bit(Part::kSkMem) | Bit(Part::kShutdown) | Bit(Part::kSkV6Only) |
                           Bit(Part::kMark) | Bit(Part::kClassId) | Bit(Part::kCgroup) | Bit(Part::kSockopt) | kNames;

TEST_F(BpfRowTest, EveryFieldIsWhatNetlinkGives) {
  for (const Part ca : {Part::kNone, Part::kVegas, Part::kDctcp, Part::kBbr})
    EXPECT_EQ(Differences(kFull | (ca == Part::kNone ? 0 : Bit(ca)), {}), std::vector<std::string_view>{});
}

TEST_F(BpfRowTest, PartsThatTheRowLacksAreAbsent) {
  EXPECT_EQ(Differences(Bit(Part::kMsg) | Bit(Part::kMark), {}), std::vector<std::string_view>{});
  EXPECT_EQ(by_bpf_.row.parts_present, Bit(Part::kMsg) | Bit(Part::kMark));
  EXPECT_EQ(by_bpf_.row.tcp_info_length, 0u);
}

TEST_F(BpfRowTest, PartsThatNobodyWantsAreAbsent) {
  for (int part = 1; part < 23; ++part)
    EXPECT_EQ(Differences(kFull, {.wanted = ~(uint64_t{1} << part)}), std::vector<std::string_view>{}) << part;
}

TEST_F(BpfRowTest, AnOlderKernelsTcpInfoEndsWhereItEnds) {
  for (const uint32_t length : {192u, 232u, 240u, 248u}) {
    row().info_length = length;
    EXPECT_EQ(Differences(kFull, {}), std::vector<std::string_view>{}) << length;
    EXPECT_EQ(by_bpf_.row.tcp_info_length, length);
  }
}

TEST_F(BpfRowTest, CongestionNamesOfEveryLength) {
  for (const char* name : {"", "bbr", "westwood", "fifteen_letters"}) {
    std::memset(row().cong, 0, sizeof row().cong);
    std::strcpy(row().cong, name);
    EXPECT_EQ(Differences(kFull, {}), std::vector<std::string_view>{}) << name;
  }
}

TEST_F(BpfRowTest, AnEventHasTheLedgersFactsAndARowHasNone) {
  std::array<xtcp2_ledger_event, 2> events{};
  events[0].row = row();
  events[0].facts.event_time_ns = 12345;
  events[0].facts.pid = 678;
  LocateEvent(events[0], {}, by_bpf_);
  EXPECT_EQ(schema::Number<schema::IndexOf("event_time_ns")>(by_bpf_), 12345u);
  EXPECT_EQ(schema::Number<schema::IndexOf("opener_pid")>(by_bpf_), 678u);
  EXPECT_EQ(schema::Number<schema::IndexOf("inet_diag_msg_state")>(by_bpf_), row().msg[1]);
  LocateRow(row(), {}, by_bpf_);
  EXPECT_EQ(schema::Number<schema::IndexOf("event_time_ns")>(by_bpf_), 0u);

  LocateEvent(events[0], {}, by_bpf_);
  AnswerBuilder answer = Answer(Bit(Part::kMsg));
  LocateCounters counters;
  ASSERT_TRUE(Locate(answer.payload(), {}, by_bpf_, counters));
  EXPECT_EQ(schema::Number<schema::IndexOf("event_time_ns")>(by_bpf_), 0u);
}

}  // namespace
}  // namespace xtcp2::decode
