// Rows of the walk in BPF come with their namespaces mixed: each becomes the row of its own lane, by the same rules as
// a netlink answer.
#include <gtest/gtest.h>

#include <map>

#include "collect/make_sink.h"
#include "collect/output_for_test.h"

namespace xtcp2::collect {
namespace {

constexpr int64_t kPollNs = 1'795'526'100'000'000'000;

class Finder final : public LaneFinder {
 public:
  Lane* Find(const xtcp2_bpf_row& row) override {
    const auto found = lanes.find(row.netns_inode);
    return found == lanes.end() ? nullptr : &found->second;
  }
  std::map<uint32_t, Lane> lanes;
};

xtcp2_bpf_row Row(uint32_t netns, uint64_t cookie, uint8_t state = 1) {
  xtcp2_bpf_row row{};
  row.netns_inode = netns;
  row.msg[0] = 2, row.msg[1] = state;
  std::memcpy(row.msg + 44, &cookie, sizeof cookie);
  row.parts = 1 << 15;
  row.mark = 5;
  return row;
}

class BpfRows : public testing::Test {
 protected:
  void Give(const std::vector<xtcp2_bpf_row>& rows, const SinkOptions& options = {}) {
    std::vector<xtcp2_bpf_row> with_slack = rows;
    with_slack.emplace_back();
    const auto sink = MakeRowSink(options, output_);
    std::atomic<uint64_t> counter{0};
    sink->BeginPoll(kPollNs, &counter);
    sink->OnRows(std::span(with_slack).first(rows.size()), finder_, kPollNs + 7'000'000);
    sink->Flush(encode::FlushReason::kPollEnd);
    counters_ = sink->TakeCounters();
  }
  void AddLane(uint32_t inode, const char* name, const filter::Filter* filter = nullptr) {
    schema::Context context;
    context.netns = name;
    context.netns_inode = inode;
    finder_.lanes[inode].Begin(context, filter);
  }

  Finder finder_;
  KeptOutput output_;
  SinkCounters counters_;
};

TEST_F(BpfRows, EachGetsTheFactsOfItsNamespace) {
  AddLane(1, "one");
  AddLane(2, "two");
  Give({Row(1, 11), Row(2, 21), Row(2, 22), Row(1, 12)});
  std::string seen;
  for (const auto& row : output_.Rows()) {
    seen += row.netns() + " " + std::to_string(row.inet_diag_msg_socket_cookie()) + " " +
            std::to_string(row.record_counter()) + "\n";
    EXPECT_EQ(row.observed_delay_us(), 7000u);
    EXPECT_EQ(row.inet_diag_mark(), 5u);
  }
  EXPECT_EQ(seen, "one 11 1\ntwo 21 2\ntwo 22 3\none 12 4\n");
}

TEST_F(BpfRows, RowsWithoutALaneAreLeftOut) {
  AddLane(2, "two");
  Give({Row(1, 11), Row(2, 21), Row(3, 31)});
  EXPECT_EQ(output_.Rows().size(), 1u);
  EXPECT_EQ(counters_.rows, 1u);
}

TEST_F(BpfRows, FilterIsTheLanesAndSocketsWithoutACookieAreNotRepeats) {
  const auto filter = filter::Filter::Parse("state close-wait").value();
  AddLane(1, "one", &filter);
  AddLane(2, "two");
  Give({Row(1, 0, 8), Row(1, 0, 1), Row(2, 0), Row(2, 0)});
  EXPECT_EQ(output_.Rows().size(), 3u);
  EXPECT_EQ(counters_.filtered, 1u);
  EXPECT_EQ(counters_.duplicates, 0u);
  EXPECT_EQ(counters_.by_state[0][8], 1u);
}

TEST_F(BpfRows, ASocketAndTheTimeWaitThatTakesItsPlaceAreOneRow) {
  constexpr uint8_t kTimeWait = 6, kFinWait2 = 5;
  AddLane(1, "one");
  Give({Row(1, 11, kTimeWait), Row(1, 12), Row(1, 11, kFinWait2), Row(1, 13, kFinWait2), Row(1, 13, kTimeWait),
        Row(1, 14, kTimeWait), Row(1, 0, kTimeWait), Row(1, 0)});
  std::string seen;
  for (const auto& row : output_.Rows())
    seen += std::to_string(row.inet_diag_msg_socket_cookie()) + ":" + std::to_string(row.inet_diag_msg_state()) + " ";
  EXPECT_EQ(seen, "12:1 11:5 13:5 14:6 0:6 0:1 ");
  EXPECT_EQ(counters_.duplicates, 2u);
}

TEST_F(BpfRows, AnEventIsARowOfItsLaneWithTheLedgersFacts) {
  AddLane(2, "two");
  std::array<xtcp2_ledger_event, 2> events{};
  events[0].row = Row(2, 21, 7);
  events[0].facts.duration_ns = 99;
  const auto sink = MakeRowSink({}, output_);
  std::atomic<uint64_t> counter{0};
  sink->BeginPoll(kPollNs, &counter);
  sink->OnEvent(events[0], finder_.lanes[2], kPollNs + 1);
  sink->Flush(encode::FlushReason::kPollEnd);
  ASSERT_EQ(output_.Rows().size(), 1u);
  EXPECT_EQ(output_.Rows()[0].duration_ns(), 99u);
  EXPECT_EQ(output_.Rows()[0].netns(), "two");
}

}  // namespace
}  // namespace xtcp2::collect
