// What a poll does to memory once it is warm: nothing, in no format, by neither runner. This file replaces the
// program's operator new by one that counts.
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/counting_new.h"
#include "collect/dump_ring.h"
#include "collect/make_sink.h"
#include "collect/scripted_channel_for_test.h"
#include "decode/answer_for_test.h"
#include "netlink/request.h"
#include "uring/ring_for_test.h"

namespace xtcp2::collect {
namespace {

constexpr uint32_t kSeq = 9;
constexpr uint64_t kSockets = 600;

// Gives every batch back to its pool.
class Emptied final : public BatchOutput {
 public:
  encode::PooledBatch TakeBatch() override { return pool_.Take(); }
  bool Push(encode::PooledBatch batch) override {
    rows += batch->count();
    ++batches;
    return true;
  }
  uint64_t rows = 0, batches = 0;

 private:
  encode::BatchPool pool_{4};
};

// A socket pair as channel, so that both runners receive from the kernel.
class PairChannel final : public netlink::Channel {
 public:
  PairChannel() {
    const int size = 4 << 20;
    setsockopt(pair_.theirs.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  }
  Result<> Send(Bytes request) override {
    if (send(pair_.ours.get(), request.data(), request.size(), 0) < 0) return FailErrno("sending");
    return {};
  }
  netlink::Received Receive(uint8_t* buffer, size_t size) override {
    const ssize_t got = recv(pair_.ours.get(), buffer, size, MSG_TRUNC);
    if (got < 0) return {netlink::Received::Kind::kFailed, 0, 0, errno};
    return {netlink::Received::Kind::kDatagram, std::min(size, static_cast<size_t>(got)), static_cast<size_t>(got)};
  }
  uint32_t port_id() const override { return ScriptedChannel::kPortId; }
  int ours() const { return pair_.ours.get(); }
  int theirs() const { return pair_.theirs.get(); }

 private:
  uring::Pair pair_;
};

class DumpAllocations : public testing::TestWithParam<std::tuple<encode::Format, const char*>> {
 protected:
  DumpAllocations() {
    std::vector<uint8_t> datagram;
    for (uint64_t cookie = 1; cookie <= kSockets; ++cookie) {
      const auto row = MakeMessage(netlink::kTypeSockDiag, kSeq, decode::AnswerBuilder(cookie).bytes());
      datagram.insert(datagram.end(), row.begin(), row.end());
      if (datagram.size() > 8000) datagrams_.push_back(std::exchange(datagram, {}));
    }
    datagrams_.push_back(std::move(datagram));
    datagrams_.push_back(MakeMessage(netlink::kTypeDone, kSeq, StatusPayload(0)));
  }
  // What the kernel would say to the next dump of each channel.
  void Answer() {
    for (PairChannel& channel : channels_) {
      for (const auto& bytes : datagrams_)
        ASSERT_EQ(send(channel.theirs(), bytes.data(), bytes.size(), MSG_DONTWAIT), static_cast<ssize_t>(bytes.size()));
    }
  }

  std::array<PairChannel, 3> channels_;
  std::array<Lane, 3> lanes_;
  std::vector<std::vector<uint8_t>> datagrams_;
};

TEST_P(DumpAllocations, NoneOnceWarm) {
  const auto [format, variant] = GetParam();
  std::unique_ptr<DumpRunner> runner = MakeSyscallRunner();
  if (variant == std::string("ring")) {
    auto ring = MakeRingRunner({.receive_batch = 2});
    if (!ring) GTEST_SKIP() << ring.error().Text();
    runner = std::move(*ring);
  }
  SinkOptions options;
  options.encode.format = format;
  options.max_rows = 100;  // many batches
  Emptied output;
  const auto sink = MakeRowSink(options, output);
  std::atomic<uint64_t> counter{0};
  const auto request = netlink::BuildDumpRequest({2, 0, netlink::kAllStates, kSeq});
  std::array<DumpJob, 3> jobs;
  size_t counted = 0;
  for (int round = 0; round < 6; ++round) {
    Answer();
    const size_t before = allocations;
    sink->BeginPoll(RealtimeNs(), &counter);
    for (size_t i = 0; i < jobs.size(); ++i) {
      schema::Context context;
      context.netns = "n";
      lanes_[i].Begin(context);
      jobs[i] = {.channel = &channels_[i], .fd = channels_[i].ours(), .request = request, .lane = &lanes_[i]};
    }
    runner->Run(jobs, *sink, {10 * kNsPerSecond, nullptr});
    sink->Flush(encode::FlushReason::kPollEnd);
    for (const DumpJob& job : jobs) ASSERT_TRUE(job.result.complete()) << DumpEndName(job.result.end);
    if (round >= 3) counted += allocations - before;
    char unread[128];
    for (const PairChannel& channel : channels_) ASSERT_EQ(recv(channel.theirs(), unread, sizeof unread, 0), 72);
  }
  EXPECT_EQ(output.rows, 6 * 3 * kSockets);
  EXPECT_GE(output.batches, 6u * 18);
  EXPECT_EQ(counted, 0u);
}

class RowAllocations : public testing::TestWithParam<encode::Format> {};

// The walk in BPF: blocks of rows of many namespaces.
TEST_P(RowAllocations, NoneOnceWarm) {
  struct Finder final : LaneFinder {
    Lane* Find(const xtcp2_bpf_row& row) override { return &lanes[row.netns_inode]; }
    std::array<Lane, 8> lanes;
  } finder;
  SinkOptions options;
  options.encode.format = GetParam();
  options.max_rows = 100;
  Emptied output;
  const auto sink = MakeRowSink(options, output);
  std::atomic<uint64_t> counter{0};
  std::vector<xtcp2_bpf_row> rows(257);  // the last: slack
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].netns_inode = i % 8;
    rows[i].parts = 1 << 2 | 1 << 4 | 1 << 15;
    rows[i].info_length = i % 2 != 0 ? 280 : 232;
    std::strcpy(rows[i].cong, "cubic");
  }
  size_t counted = 0;
  for (int round = 0; round < 6; ++round) {
    const size_t before = allocations;
    sink->BeginPoll(RealtimeNs(), &counter);
    for (Lane& lane : finder.lanes) lane.Begin({});
    for (int block = 0; block < 4; ++block) sink->OnRows(std::span(rows).first(256), finder, RealtimeNs());
    sink->Flush(encode::FlushReason::kPollEnd);
    if (round >= 3) counted += allocations - before;
  }
  EXPECT_EQ(output.rows, 6u * 4 * 256);
  EXPECT_EQ(counted, 0u);
}

// Rows of many namespaces in turns, as a source may give them: a lane entered before is not encoded again.
TEST(LaneAllocations, NoneForLanesEnteredBefore) {
  Emptied output;
  const auto sink = MakeRowSink({}, output);
  std::vector<Lane> lanes(1000);
  for (int poll = 0; poll < 2; ++poll) {
    for (Lane& lane : lanes) lane.Begin({});
    const size_t first = allocations;
    for (Lane& lane : lanes) sink->Enter(lane);
    if (poll > 0) {  // in the memory of the poll before
      EXPECT_EQ(allocations, first);
    }
    const size_t again = allocations;
    for (int turn = 0; turn < 10; ++turn)
      for (Lane& lane : lanes) sink->Enter(lane);
    EXPECT_EQ(allocations, again);
  }
}

constexpr encode::Format kFormats[] = {
    encode::Format::kProtobufList, encode::Format::kProtoJson, encode::Format::kJsonl,
    encode::Format::kHumanize,     encode::Format::kProtoText, encode::Format::kMsgpack,
    encode::Format::kCsv,          encode::Format::kTsv,       encode::Format::kTable};
INSTANTIATE_TEST_SUITE_P(Every, DumpAllocations,
                         testing::Combine(testing::ValuesIn(kFormats), testing::Values("syscalls", "ring")));
INSTANTIATE_TEST_SUITE_P(Every, RowAllocations, testing::ValuesIn(kFormats));

TEST(CountingNew, SeesAnAllocation) {
  const size_t before = allocations;
  const std::vector<int> some(100);
  EXPECT_GT(allocations, before) << some.size();
}

}  // namespace
}  // namespace xtcp2::collect
