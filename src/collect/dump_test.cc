// A scripted peer in the kernel's place: everything that can come back from a dump request, and what is made of it, by
// system calls and by a ring.

#include <gtest/gtest.h>

#include <set>

#include "base/clock.h"
#include "collect/output_for_test.h"
#include "collect/scripted_peer_for_test.h"
#include "decode/answer_for_test.h"

namespace xtcp2::collect {
namespace {

using decode::AnswerBuilder;

constexpr uint32_t kSeq = 1000;

class DumpTest : public testing::TestWithParam<const char*> {
 protected:
  DumpTest() : sink_(MakeRowSink({}, output_)) {
    if (GetParam() == std::string("ring"))
      peer_ = std::make_unique<PairPeer>();
    else
      peer_ = std::make_unique<ChannelPeer>();
    sink_->BeginPoll(RealtimeNs(), &counter_);
  }

  DumpResult Run(int64_t silence_ns = 0, const DatagramTap& tap = {}) {
    const auto request = netlink::BuildDumpRequest({2, 0, netlink::kAllStates, kSeq});
    DumpJob job{.request = request, .lane = &lane_, .tap = &tap};
    peer_->Address(job);
    peer_->runner().Run({&job, 1}, *sink_, {silence_ns, &stop_});
    sink_->Flush(encode::FlushReason::kPollEnd);
    return job.result;
  }
  void Add(const std::vector<uint8_t>& datagram) { peer_->Add(datagram); }
  static std::vector<uint8_t> Row(uint64_t cookie, uint16_t flags = netlink::kFlagMulti) {
    return MakeMessage(netlink::kTypeSockDiag, kSeq, AnswerBuilder(cookie).bytes(), flags);
  }
  static std::vector<uint8_t> Done(int32_t status = 0) {
    return MakeMessage(netlink::kTypeDone, kSeq, StatusPayload(status));
  }
  std::multiset<uint64_t> Cookies() const {
    std::multiset<uint64_t> cookies;
    for (const auto& row : output_.Rows()) cookies.insert(row.inet_diag_msg_socket_cookie());
    return cookies;
  }

  std::unique_ptr<ScriptedPeer> peer_;
  KeptOutput output_;
  std::atomic<uint64_t> counter_{0};
  std::atomic<bool> stop_{false};
  std::unique_ptr<RowSink> sink_;
  Lane lane_{schema::Context{}};
};

using Set = std::multiset<uint64_t>;

TEST_P(DumpTest, CompleteWhenDoneComes) {
  Add(Join({Row(1), Row(2)}));
  Add(Join({Row(3), Done()}));
  const DumpResult result = Run();
  EXPECT_EQ(result.end, DumpEnd::kComplete);
  EXPECT_EQ(result.datagrams, 2u);
  EXPECT_EQ(result.answers, 3u);
  EXPECT_EQ(Cookies(), (Set{1, 2, 3}));
}

TEST_P(DumpTest, RowsAreNumberedFromOne) {
  Add(Join({Row(7), Row(8), Done()}));
  Run();
  std::set<uint64_t> numbers;
  for (const auto& row : output_.Rows()) numbers.insert(row.record_counter());
  EXPECT_EQ(numbers, (std::set<uint64_t>{1, 2}));
}

TEST_P(DumpTest, AnErrorRefusesTheDump) {
  Add(MakeMessage(netlink::kTypeError, kSeq, StatusPayload(-EBUSY)));
  const DumpResult result = Run();
  EXPECT_EQ(result.end, DumpEnd::kRefused);
  EXPECT_EQ(result.code, EBUSY);
  EXPECT_TRUE(output_.Rows().empty());
}

TEST_P(DumpTest, AnErrorMidwayKeepsTheRowsBefore) {
  Add(Join({Row(1), MakeMessage(netlink::kTypeError, kSeq, StatusPayload(-ENOMEM)), Row(2)}));
  const DumpResult result = Run();
  EXPECT_EQ(result.end, DumpEnd::kRefused);
  EXPECT_EQ(result.code, ENOMEM);
  EXPECT_EQ(Cookies(), (Set{1, 2}));
}

TEST_P(DumpTest, AnAcknowledgementIsNoEnd) {
  Add(MakeMessage(netlink::kTypeError, kSeq, StatusPayload(0)));
  Add(Join({Row(1), Done()}));
  EXPECT_EQ(Run(kNsPerSecond).end, DumpEnd::kComplete);
  EXPECT_EQ(Cookies(), (Set{1}));
}

TEST_P(DumpTest, ARequestThatCannotBeSent) {
  peer_->RefuseRequest();
  const DumpResult result = Run();
  EXPECT_EQ(result.end, DumpEnd::kRefused);
  EXPECT_EQ(result.code, ENOTCONN);
}

TEST_P(DumpTest, DoneWithAStatusIsIncomplete) {
  Add(Join({Row(1), Done(-ENOMEM)}));
  const DumpResult result = Run();
  EXPECT_EQ(result.end, DumpEnd::kStatus);
  EXPECT_EQ(result.code, ENOMEM);
  EXPECT_EQ(Cookies(), (Set{1}));
}

TEST_P(DumpTest, InterruptedIsSaid) {
  Add(Join({Row(1, netlink::kFlagMulti | netlink::kFlagDumpInterrupted), Done()}));
  EXPECT_EQ(Run().end, DumpEnd::kInterrupted);
  EXPECT_EQ(Cookies(), (Set{1}));
}

TEST_P(DumpTest, AWrongSequenceIsSkipped) {
  Add(Join({MakeMessage(netlink::kTypeSockDiag, kSeq - 1, AnswerBuilder(9).bytes()), Row(1),
            MakeMessage(netlink::kTypeDone, kSeq - 1, StatusPayload(0))}));
  Add(Join({Row(2), Done()}));
  const DumpResult result = Run();
  EXPECT_EQ(result.end, DumpEnd::kComplete);
  EXPECT_EQ(result.foreign, 2u);
  EXPECT_EQ(Cookies(), (Set{1, 2}));
}

TEST_P(DumpTest, AWrongPortIdIsSkipped) {
  Add(Join({MakeMessage(netlink::kTypeSockDiag, kSeq, AnswerBuilder(9).bytes(), 2, ScriptedChannel::kPortId + 1),
            Row(1), Done()}));
  const DumpResult result = Run();
  EXPECT_EQ(result.end, DumpEnd::kComplete);
  EXPECT_EQ(result.foreign, 1u);
  EXPECT_EQ(Cookies(), (Set{1}));
}

TEST_P(DumpTest, TruncationKeepsWhatCameWholeAndIsSaid) {
  std::vector<uint8_t> big;
  uint64_t cookie = 0;
  while (big.size() < kMinReceiveBuffer + 1000) {
    const auto row = Row(++cookie);
    big.insert(big.end(), row.begin(), row.end());
  }
  Add(big);
  Add(Done());
  const DumpResult result = Run();
  EXPECT_EQ(result.end, DumpEnd::kTruncated);
  EXPECT_EQ(result.largest_datagram, big.size());
  EXPECT_EQ(Cookies().size(), kMinReceiveBuffer / Row(1).size());
}

TEST_P(DumpTest, SilenceEndsAfterTheLimitAndKeepsTheRows) {
  Add(Row(1));
  const DumpResult result = Run();
  EXPECT_EQ(result.end, DumpEnd::kSilent);
  EXPECT_EQ(Cookies(), (Set{1}));
}

TEST_P(DumpTest, ForeignNoiseIsNoProgress) {
  for (int i = 0; i < 3; ++i) Add(MakeMessage(netlink::kTypeSockDiag, kSeq - 1, AnswerBuilder(9).bytes()));
  EXPECT_EQ(Run(0).end, DumpEnd::kSilent);
  EXPECT_TRUE(peer_->HasUnread());  // it did not wait for the noise to end
}

TEST_P(DumpTest, LostMessagesAreSaid) {
  Add(Row(1));
  peer_->AddErrno(ENOBUFS);
  Add(Join({Row(2), Done()}));
  EXPECT_EQ(Run(kNsPerSecond).end, DumpEnd::kOverrun);
  EXPECT_EQ(Cookies(), (Set{1, 2}));
}

TEST_P(DumpTest, AReceiveErrorEndsTheDump) {
  peer_->AddErrno(EBADF);
  const DumpResult result = Run();
  EXPECT_EQ(result.end, DumpEnd::kFailed);
  EXPECT_EQ(result.code, EBADF);
}

TEST_P(DumpTest, LengthsThatLieAreSaid) {
  std::vector<uint8_t> damaged = Row(2);
  Store<uint32_t>(damaged.data(), 5000);
  Add(Join({Row(1), damaged}));
  Add(Done());
  EXPECT_EQ(Run(kNsPerSecond).end, DumpEnd::kDamaged);
  EXPECT_EQ(Cookies(), (Set{1}));
}

TEST_P(DumpTest, StopCutsTheDump) {
  stop_ = true;
  Add(Row(1));
  EXPECT_EQ(Run().end, DumpEnd::kCancelled);
  EXPECT_TRUE(output_.Rows().empty());
}

TEST_P(DumpTest, ASocketGivenTwiceIsOneRowAlsoAcrossDumpsOfANamespace) {
  Add(Join({Row(1), Row(2), Row(1), Done()}));
  EXPECT_EQ(Run().answers, 3u);
  Add(Join({Row(2), Row(3), Done()}));
  Run();
  EXPECT_EQ(Cookies(), (Set{1, 2, 3}));
  EXPECT_EQ(sink_->TakeCounters().duplicates, 2u);
  lane_.Begin({});  // another namespace's sockets are others
  Add(Join({Row(1), Done()}));
  Run();
  EXPECT_EQ(Cookies(), (Set{1, 1, 2, 3}));
}

TEST_P(DumpTest, TheTapSeesEveryDatagram) {
  Add(Row(1));
  Add(Done());
  std::vector<size_t> sizes;
  Run(0, [&](Bytes datagram, int64_t) { sizes.push_back(datagram.size()); });
  EXPECT_EQ(sizes, (std::vector<size_t>{Row(1).size(), Done().size()}));
}

INSTANTIATE_TEST_SUITE_P(Both, DumpTest, testing::Values("syscalls", "ring"),
                         [](const auto& variant) { return std::string(variant.param); });

}  // namespace
}  // namespace xtcp2::collect
