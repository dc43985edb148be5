// What only a ring can do or suffer: many dumps in turns, some of which fail, fall silent or are cut; a kernel that
// refuses to serve it.
#include "collect/dump_ring.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <set>
#include <thread>

#include "base/clock.h"
#include "collect/output_for_test.h"
#include "collect/scripted_channel_for_test.h"
#include "decode/answer_for_test.h"
#include "uring/ring_for_test.h"

namespace xtcp2::collect {
namespace {

constexpr int64_t kLong = 20 * kNsPerSecond;
constexpr uint32_t kSeq = 5;

// One scripted dump on a pair of sockets.
struct Scripted {
  explicit Scripted(const std::string& netns_name) : netns(netns_name) {
    schema::Context context;
    context.netns = netns;
    lane.Begin(context);
    const int size = 4 << 20;
    setsockopt(pair.theirs.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  }
  void Rows(uint64_t first, uint64_t last) {
    for (uint64_t cookie = first; cookie <= last; ++cookie)
      Add(MakeMessage(netlink::kTypeSockDiag, kSeq, decode::AnswerBuilder(cookie).bytes()));
  }
  void Done() { Add(MakeMessage(netlink::kTypeDone, kSeq, StatusPayload(0))); }
  void Add(const std::vector<uint8_t>& datagram) {
    EXPECT_EQ(send(pair.theirs.get(), datagram.data(), datagram.size(), MSG_DONTWAIT),
              static_cast<ssize_t>(datagram.size()));
  }
  DumpJob Job() { return {.channel = &channel, .fd = pair.ours.get(), .request = request, .lane = &lane}; }

  const std::string netns;
  Lane lane;
  uring::Pair pair;
  ScriptedChannel channel;
  std::array<uint8_t, 72> request = netlink::BuildDumpRequest({2, 0, netlink::kAllStates, kSeq});
};

class DumpRing : public testing::Test {
 protected:
  DumpRing() : sink_(MakeRowSink({}, output_)) { sink_->BeginPoll(RealtimeNs(), &counter_); }

  void MakeRunner(const RingRunnerOptions& options) {
    auto made = MakeRingRunner(options, calls_);
    ASSERT_TRUE(made) << made.error().Text();
    runner_ = std::move(*made);
  }
  Scripted& Add(const std::string& name) {
    dumps_.push_back(std::make_unique<Scripted>(name));
    return *dumps_.back();
  }
  std::vector<DumpJob> Run(int64_t silence_ns = kLong) {
    std::vector<DumpJob> jobs;
    for (const auto& dump : dumps_) jobs.push_back(dump->Job());
    runner_->Run(jobs, *sink_, {silence_ns, &stop_});
    sink_->Flush(encode::FlushReason::kPollEnd);
    return jobs;
  }
  std::multiset<uint64_t> Cookies(const std::string& netns) const {
    std::multiset<uint64_t> cookies;
    for (const auto& row : output_.Rows())
      if (row.netns() == netns) cookies.insert(row.inet_diag_msg_socket_cookie());
    return cookies;
  }

  uring::FaultyCalls calls_;
  KeptOutput output_;
  std::atomic<uint64_t> counter_{0};
  std::atomic<bool> stop_{false};
  std::unique_ptr<RowSink> sink_;
  std::vector<std::unique_ptr<Scripted>> dumps_;
  std::unique_ptr<DumpRunner> runner_;
};

using Set = std::multiset<uint64_t>;

// Few places, few completions at a time, the same cookies in every lane.
TEST_F(DumpRing, DatagramsOfManyDumpsComeInTurnsAndEachRowIsItsLanes) {
  MakeRunner({.receive_batch = 3, .completion_batch = 1});
  for (uint64_t i = 0; i < 20; ++i) {
    Scripted& dump = Add("n" + std::to_string(i));
    dump.Rows(1, 1 + i % 7);
    dump.Rows(1, 1);  // given twice
    dump.Done();
  }
  for (const DumpJob& job : Run()) EXPECT_TRUE(job.result.complete()) << DumpEndName(job.result.end);
  for (uint64_t i = 0; i < 20; ++i) {
    Set expected;
    for (uint64_t cookie = 1; cookie <= 1 + i % 7; ++cookie) expected.insert(cookie);
    EXPECT_EQ(Cookies("n" + std::to_string(i)), expected) << i;
  }
  EXPECT_EQ(sink_->TakeCounters().duplicates, 20u);
}

TEST_F(DumpRing, OneThatFallsSilentOrFailsIsAloneInThat) {
  MakeRunner({.receive_batch = 2});
  Scripted& silent = Add("silent");
  silent.Rows(1, 2);
  Scripted& refused = Add("refused");
  refused.Add(MakeMessage(netlink::kTypeError, kSeq, StatusPayload(-EBUSY)));
  Scripted& closed = Add("closed");
  closed.pair.ours.Close();
  Scripted& good = Add("good");
  good.Rows(1, 3);
  good.Done();
  const auto jobs = Run(50 * kNsPerMs);
  EXPECT_EQ(jobs[0].result.end, DumpEnd::kSilent);
  EXPECT_EQ(jobs[0].result.answers, 2u);
  EXPECT_EQ(jobs[1].result.end, DumpEnd::kRefused);
  EXPECT_EQ(jobs[1].result.code, EBUSY);
  EXPECT_EQ(jobs[2].result.end, DumpEnd::kRefused);
  EXPECT_EQ(jobs[2].result.code, EBADF);
  EXPECT_EQ(jobs[3].result.end, DumpEnd::kComplete);
  EXPECT_EQ(Cookies("good"), (Set{1, 2, 3}));
  EXPECT_EQ(Cookies("silent"), (Set{1, 2}));
}

// Another dump is busy until the silent one has been noticed.
TEST_F(DumpRing, SilenceIsNoticedAmongBusyOnes) {
  MakeRunner({.receive_batch = 2});
  Add("silent");
  Scripted& busy = Add("busy");
  std::atomic<bool> noticed{false};
  std::thread peer([&] {
    const int64_t end = MonotonicNs() + kLong;
    for (uint64_t cookie = 1; !noticed && MonotonicNs() < end; ++cookie) {
      busy.Rows(cookie, cookie);
      poll(nullptr, 0, 1);
    }
    busy.Done();
  });
  std::vector<DumpJob> jobs{dumps_[0]->Job(), dumps_[1]->Job()};
  const DatagramTap tap = [&](Bytes, int64_t) { noticed = noticed || jobs[0].result.end == DumpEnd::kSilent; };
  jobs[1].tap = &tap;
  runner_->Run(jobs, *sink_, {50 * kNsPerMs, &stop_});
  peer.join();
  EXPECT_TRUE(noticed);
  EXPECT_EQ(jobs[0].result.end, DumpEnd::kSilent);
}

TEST_F(DumpRing, StopCutsWhatRunsAndWhatHasNotBegun) {
  MakeRunner({.receive_batch = 2});
  for (const char* name : {"a", "b", "c"}) Add(name).Rows(1, 1);  // no end
  std::thread stopper([&] {
    char request[128];
    EXPECT_EQ(recv(dumps_[0]->pair.theirs.get(), request, sizeof request, 0), 72);  // it runs
    stop_ = true;
  });
  const int64_t start = MonotonicNs();
  const auto jobs = Run();
  stopper.join();
  EXPECT_LT(MonotonicNs() - start, 5 * kNsPerSecond);
  for (const DumpJob& job : jobs) EXPECT_EQ(job.result.end, DumpEnd::kCancelled);
  EXPECT_EQ(jobs[2].result.datagrams, 0u);
  // The ring is as good as new.
  stop_ = false;
  dumps_.clear();
  Scripted& good = Add("good");
  good.Rows(7, 9);
  good.Done();
  EXPECT_EQ(Run()[0].result.end, DumpEnd::kComplete);
  EXPECT_EQ(Cookies("good"), (Set{7, 8, 9}));
}

TEST_F(DumpRing, ARefusalThatPassesIsNotSeen) {
  MakeRunner({.receive_batch = 4});
  for (const char* name : {"a", "b", "c"}) {
    Scripted& dump = Add(name);
    dump.Rows(1, 3);
    dump.Done();
  }
  calls_.enter_codes = {-EBUSY, 0, -EAGAIN, -EINTR, 0, -ENOMEM, -EBUSY};
  for (const DumpJob& job : Run()) EXPECT_TRUE(job.result.complete()) << DumpEndName(job.result.end);
  EXPECT_TRUE(calls_.enter_codes.empty());
  EXPECT_EQ(runner_->failure(), nullptr);
}

// What the ring had begun fails, what it had not is read by system calls (here: through the scripted channel).
TEST_F(DumpRing, AKernelThatRefusesForGoodIsAskedBySystemCalls) {
  MakeRunner({.receive_batch = 2});
  Scripted& good = Add("good");
  good.Rows(1, 1);
  good.Done();
  Add("silent");
  Add("silent too");
  const auto answer = [](Scripted& dump, uint64_t cookie) {
    using Kind = netlink::Received::Kind;
    dump.channel.script.push_back(
        {Kind::kDatagram, Join({MakeMessage(netlink::kTypeSockDiag, kSeq, decode::AnswerBuilder(cookie).bytes()),
                                MakeMessage(netlink::kTypeDone, kSeq, StatusPayload(0))})});
  };
  answer(Add("not begun"), 5);
  calls_.enter_codes = {0, 0, 0, 0, 0, -EBADF};
  const auto jobs = Run();
  EXPECT_EQ(jobs[0].result.end, DumpEnd::kComplete);
  for (const size_t i : {1, 2}) {
    EXPECT_EQ(jobs[i].result.end, DumpEnd::kFailed);
    EXPECT_EQ(jobs[i].result.code, EBADF);
  }
  EXPECT_EQ(jobs[3].result.end, DumpEnd::kComplete);
  EXPECT_EQ(Cookies("not begun"), (Set{5}));
  ASSERT_NE(runner_->failure(), nullptr);
  EXPECT_EQ(runner_->failure()->code, EBADF);
  EXPECT_EQ(runner_->capacity(), 1u);
  EXPECT_TRUE(runner_->MakeRoom(60'000));
  EXPECT_EQ(runner_->datagram_bytes(), 60'000u);
  EXPECT_GT(runner_->MemoryBytes(), 60'000u);
  dumps_.clear();
  answer(Add("later"), 6);
  EXPECT_EQ(Run()[0].result.end, DumpEnd::kComplete);  // for good
}

TEST_F(DumpRing, ADatagramThatDoesNotFitFitsAfterRoomWasMade) {
  MakeRunner({.receive_batch = 2});
  std::vector<uint8_t> big;
  for (uint64_t cookie = 1; big.size() < 60'000; ++cookie) {
    const auto row = MakeMessage(netlink::kTypeSockDiag, kSeq, decode::AnswerBuilder(cookie).bytes());
    big.insert(big.end(), row.begin(), row.end());
  }
  const auto ask = [&] {
    dumps_.clear();
    Scripted& dump = Add("big");
    dump.Add(big);
    dump.Done();
    return Run()[0].result;
  };
  const DumpResult cut = ask();
  EXPECT_EQ(cut.end, DumpEnd::kTruncated);
  EXPECT_EQ(cut.largest_datagram, big.size());
  const size_t before = runner_->MemoryBytes();
  calls_.register_code = -ENOMEM;
  EXPECT_FALSE(runner_->MakeRoom(cut.largest_datagram));
  EXPECT_EQ(runner_->datagram_bytes(), kMinReceiveBuffer);
  EXPECT_EQ(ask().end, DumpEnd::kTruncated);  // as before
  calls_.register_code = 0;
  ASSERT_TRUE(runner_->MakeRoom(cut.largest_datagram));
  EXPECT_EQ(runner_->datagram_bytes(), big.size());
  EXPECT_GT(runner_->MemoryBytes(), before);
  EXPECT_EQ(ask().end, DumpEnd::kComplete);
}

TEST_F(DumpRing, AnEmptyDatagramIsNoEnd) {
  MakeRunner({});
  Scripted& dump = Add("n");
  dump.Add({});
  dump.Rows(1, 1);
  dump.Done();
  const DumpResult result = Run()[0].result;
  EXPECT_EQ(result.end, DumpEnd::kComplete);
  EXPECT_EQ(result.datagrams, 3u);
}

TEST_F(DumpRing, TakesWhatItSaid) {
  for (const unsigned batch : {1u, 64u, 500u}) {
    const RingRunnerOptions options{.receive_batch = batch, .completion_batch = 4096};
    MakeRunner(options);
    EXPECT_EQ(runner_->capacity(), batch);
    EXPECT_LE(runner_->MemoryBytes(), RequiredBytes(options));
    EXPECT_GT(RequiredBytes(options), batch * kMinReceiveBuffer);
  }
}

TEST_F(DumpRing, WithoutARingThereIsAReason) {
  calls_.init_code = -EPERM;
  calls_.disabled = 2;
  const auto made = MakeRingRunner({}, calls_);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().Text().find("kernel.io_uring_disabled"), std::string::npos);
}

}  // namespace
}  // namespace xtcp2::collect
