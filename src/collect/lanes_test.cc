// Sources that give rows of all namespaces as they come: a thousand lanes entered in turns make the rows that they make
// one after the other. That entering again costs no allocation is shown in dump_alloc_test.cc.
#include <gtest/gtest.h>

#include <set>

#include "collect/make_sink.h"
#include "collect/output_for_test.h"
#include "collect/scripted_channel_for_test.h"
#include "decode/answer_for_test.h"

namespace xtcp2::collect {
namespace {

constexpr size_t kLanes = 1000;
constexpr uint64_t kRowsEach = 3;
constexpr int64_t kPollNs = 1'795'526'100'000'000'000;

class Lanes : public testing::TestWithParam<encode::Format> {
 protected:
  Lanes() {
    options_.encode.format = GetParam();
    for (size_t i = 0; i < kLanes; ++i) names_.push_back("namespace-" + std::to_string(i * 7919));
  }

  void Begin() {
    for (size_t i = 0; i < kLanes; ++i) {
      schema::Context context;
      context.netns = names_[i];
      context.timestamp_ns = kPollNs;
      lanes_[i].Begin(context);
    }
  }

  // The rows of each lane: of every lane the first, of every lane the second ..., or all of one lane together. A
  // socket's counter does not depend on when its turn comes. A sink of its own each time.
  std::vector<std::string> Rows(bool in_turns, uint64_t first_cookie = 1) {
    KeptOutput output;
    const auto sink = MakeRowSink(options_, output);
    std::vector<size_t> order;
    for (size_t n = 0; n < kLanes * kRowsEach; ++n) {
      order.push_back(in_turns ? n % kLanes : n / kRowsEach);
      Add(*sink, order.back(), first_cookie + (in_turns ? n / kLanes : n % kRowsEach));
    }
    sink->Flush(encode::FlushReason::kPollEnd);
    return ByLane(output, order);
  }

  void Add(RowSink& sink, size_t lane, uint64_t cookie) {
    std::atomic<uint64_t> counter{lane * kRowsEach + cookie};
    sink.BeginPoll(kPollNs, &counter);
    sink.Enter(lanes_[lane]);
    auto datagram = MakeMessage(netlink::kTypeSockDiag, 1, decode::AnswerBuilder(cookie).bytes());
    datagram.reserve(datagram.size() + decode::kReadSlack);
    sink.OnDatagram(datagram, {.any = true}, kPollNs + 5000);
  }
  SinkOptions options_;
  std::array<Lane, kLanes> lanes_;

 private:
  static std::vector<std::string> ByLane(const KeptOutput& output, const std::vector<size_t>& order) {
    std::vector<std::string> rows(kLanes);
    size_t n = 0;
    for (const encode::PooledBatch& batch : output.batches)
      for (uint32_t begin = 0; const uint32_t end : batch->row_end) {
        rows[order.at(n++)] += batch->rows.text().substr(begin, end - begin);
        begin = end;
      }
    EXPECT_EQ(n, order.size());
    return rows;
  }

  std::vector<std::string> names_;
};

TEST_P(Lanes, InTurnsOrOneAfterTheOtherTheSameRows) {
  Begin();
  const std::vector<std::string> in_turns = Rows(true);
  Begin();
  EXPECT_TRUE(in_turns == Rows(false));
  EXPECT_EQ(std::set<std::string>(in_turns.begin(), in_turns.end()).size(), kLanes);
}

TEST_P(Lanes, WhatAnotherSinkEncodedIsNotUsed) {
  constexpr uint64_t kOthers = 100;  // cookies that these lanes have not had
  Begin();
  Rows(true);
  options_.encode.format = encode::Format::kTsv;
  const std::vector<std::string> rows = Rows(true, kOthers);
  Begin();
  EXPECT_TRUE(rows == Rows(true, kOthers));
}

TEST_P(Lanes, BegunAgainIsAnotherNamespace) {
  KeptOutput output;
  const auto sink = MakeRowSink(options_, output);
  for (const char* name : {"one", "two"}) {
    schema::Context context;
    context.netns = name;
    lanes_[0].Begin(context);
    Add(*sink, 0, 1);
    sink->Flush(encode::FlushReason::kPollEnd);
  }
  ASSERT_EQ(output.batches.size(), 2u);
  EXPECT_NE(output.batches[0]->rows.text().find("one"), std::string::npos);
  EXPECT_NE(output.batches[1]->rows.text().find("two"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(SomeFormats, Lanes,
                         testing::Values(encode::Format::kProtobufList, encode::Format::kMsgpack,
                                         encode::Format::kProtoJson, encode::Format::kCsv));

}  // namespace
}  // namespace xtcp2::collect
