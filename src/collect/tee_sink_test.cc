// Several encodings of the same sockets, as if each were alone.
#include "collect/tee_sink.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "collect/make_sink.h"
#include "collect/output_for_test.h"
#include "collect/scripted_channel_for_test.h"
#include "decode/answer_for_test.h"

namespace xtcp2::collect {
namespace {

constexpr int64_t kPollNs = 1'795'526'100'000'000'000;
constexpr uint64_t kSockets = 50;

SinkOptions Options(encode::Format format, const char* filter = "", uint32_t rate = 1) {
  SinkOptions options;
  options.encode.format = format;
  options.filter = filter::Filter::Parse(filter).value();
  options.sample_rate = rate;
  return options;
}

class TeeTest : public testing::Test {
 protected:
  // Two lanes in turns, a row in three of which is a listener's.
  static void Feed(RowSink& sink, Lane (&lanes)[2], int64_t poll_ns) {
    std::atomic<uint64_t> counter{0};
    sink.BeginPoll(poll_ns, &counter);
    for (Lane& lane : lanes) {
      schema::Context context;
      context.netns = &lane == &lanes[0] ? "one" : "two";
      lane.Begin(context);
    }
    for (uint64_t cookie = 1; cookie <= kSockets; ++cookie) {
      sink.Enter(lanes[cookie % 2]);
      auto datagram =
          MakeMessage(netlink::kTypeSockDiag, 1, decode::AnswerBuilder(cookie, 2, cookie % 3 == 0 ? 10 : 1).bytes());
      datagram.reserve(datagram.size() + decode::kReadSlack);
      sink.OnDatagram(datagram, {.any = true}, poll_ns + 5000);
    }
    sink.Flush(encode::FlushReason::kPollEnd);
  }

  static std::string Text(const KeptOutput& output) {
    std::string text;
    for (const auto& batch : output.batches) text += batch->rows.text();
    return text;
  }

  static std::string Alone(const SinkOptions& options) {
    KeptOutput output;
    Lane lanes[2];
    Feed(*MakeRowSink(options, output), lanes, kPollNs);
    return Text(output);
  }
};

TEST_F(TeeTest, EachOutputGetsWhatItWouldGetAlone) {
  const SinkOptions options[] = {Options(encode::Format::kProtobufList),
                                 Options(encode::Format::kJsonl, "state listening"),
                                 Options(encode::Format::kCsv, "not state listening")};
  KeptOutput outputs[3];
  std::vector<std::unique_ptr<RowSink>> sinks;
  for (int i = 0; i < 3; ++i) sinks.push_back(MakeRowSink(options[i], outputs[i]));
  const auto tee = MakeTee(std::move(sinks), std::make_shared<RowCounters>(2));
  Lane lanes[2];
  Feed(*tee, lanes, kPollNs);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(Text(outputs[i]).empty());
    EXPECT_TRUE(Text(outputs[i]) == Alone(options[i])) << i;
  }
  const SinkCounters counters = tee->TakeCounters();
  EXPECT_EQ(counters.rows, kSockets * 2);  // all, and each by one of the others
  EXPECT_EQ(counters.by_state[0][10] + counters.by_state[0][1], kSockets);
}

TEST_F(TeeTest, EachEncodingNumbersItsOwnRowsInEveryPoll) {
  KeptOutput all, listeners;
  std::vector<std::unique_ptr<RowSink>> sinks;
  sinks.push_back(MakeRowSink(Options(encode::Format::kProtobufList), all));
  sinks.push_back(MakeRowSink(Options(encode::Format::kProtobufList, "state listening"), listeners));
  const auto tee = MakeTee(std::move(sinks), std::make_shared<RowCounters>(1));
  Lane lanes[2];
  for (int64_t poll = 0; poll < 2; ++poll) Feed(*tee, lanes, kPollNs + poll);
  std::map<int64_t, std::set<uint64_t>> numbers;
  for (const auto& batch : listeners.batches) EXPECT_EQ(batch->count(), kSockets / 3);
  for (const auto& row : listeners.Rows()) numbers[0].insert(row.record_counter());
  EXPECT_EQ(numbers[0].size(), kSockets / 3);
  EXPECT_EQ(*numbers[0].rbegin(), kSockets / 3);
}

// Finding a lane is also how the walk counts its sockets and draws the sample of the audit.
TEST_F(TeeTest, TheLaneOfARowIsLookedUpOnce) {
  struct Counting final : LaneFinder {
    Lane* Find(const xtcp2_bpf_row& row) override {
      ++asked;
      return row.netns_inode == 1 ? &lane : nullptr;
    }
    Lane lane;
    size_t asked = 0;
  } lanes;
  KeptOutput outputs[2];
  std::vector<std::unique_ptr<RowSink>> sinks;
  for (KeptOutput& output : outputs) sinks.push_back(MakeRowSink(Options(encode::Format::kProtobufList), output));
  const auto tee = MakeTee(std::move(sinks), std::make_shared<RowCounters>(1));
  std::vector<xtcp2_bpf_row> rows(11);  // the last: slack
  for (size_t i = 0; i < rows.size(); ++i) rows[i].netns_inode = 1 + i % 2;
  std::atomic<uint64_t> counter{0};
  tee->BeginPoll(kPollNs, &counter);
  lanes.lane.Begin({});
  for (int block = 0; block < 2; ++block) tee->OnRows(std::span(rows).first(10), lanes, kPollNs);
  tee->Flush(encode::FlushReason::kPollEnd);
  EXPECT_EQ(lanes.asked, 20u);
  for (const KeptOutput& output : outputs) EXPECT_EQ(output.Rows().size(), 10u);
}

TEST_F(TeeTest, ARateOfItsOwnIsInItsRowsAndLeavesTheOthersAlone) {
  KeptOutput all, some;
  std::vector<std::unique_ptr<RowSink>> sinks;
  sinks.push_back(MakeRowSink(Options(encode::Format::kProtobufList), all));
  sinks.push_back(MakeRowSink(Options(encode::Format::kProtobufList, "", 1'000'000), some));
  const auto tee = MakeTee(std::move(sinks), std::make_shared<RowCounters>(1));
  Lane lanes[2];
  Feed(*tee, lanes, kPollNs);
  EXPECT_EQ(all.Rows().size(), kSockets);
  EXPECT_LT(some.Rows().size(), kSockets);
  for (const auto& row : some.Rows()) EXPECT_EQ(row.sample_rate(), 1'000'000u);
  for (const auto& row : all.Rows()) EXPECT_EQ(row.sample_rate(), 1u);
}

}  // namespace
}  // namespace xtcp2::collect
