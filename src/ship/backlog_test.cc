// The shipper with a spool: what goes to the disk, what comes back and when, and that every row is in one place.
#include "ship/backlog.h"

#include <gmock/gmock.h>

#include <set>

#include "base/child_for_test.h"
#include "ship/identity.h"
#include "ship/test_support.h"

namespace xtcp2::ship::test {
namespace {

using ::testing::HasSubstr;

class Peer final : public Destination {
 public:
  using Answer = std::function<SendResult(const encode::Batch&, Progress&)>;
  explicit Peer(Answer answer) : answer_(std::move(answer)) {}
  SendResult Send(const encode::Batch& batch, Progress& progress) override { return answer_(batch, progress); }

 private:
  const Answer answer_;
};

tl::unexpected<Failure> Fails(FailureKind kind, size_t rows = 0) {
  return tl::unexpected<Failure>(Failure{kind, "scripted", {"as the script says", 0}, rows, 0});
}

constexpr char kDest[] = "tcp:127.0.0.1:9";

class BacklogTest : public ::testing::Test {
 protected:
  BacklogTest() {
    options_.spool.dir = dir_.path() + "/spool";
    options_.spool.bytes = 8 << 20;
    options_.spool.away_after_ms = 20;
    options_.spool.idle_after_ms = 1;
    options_.spool.idle_pause_ms = 1;
    options_.queue_bytes = 50'000;
  }

  std::unique_ptr<Shipper> Start(Shipper::FatalCallback on_fatal = {}) {
    auto backlog = Backlog::Open(Spec(kDest), Jsonl(), options_);
    if (!backlog) Die(backlog.error().Text());
    backlog_ = *backlog;
    auto peer = std::make_unique<Peer>([this](const encode::Batch& batch, Progress& progress) {
      return answer_ ? answer_(batch, progress) : Take(batch, progress);
    });
    return std::make_unique<Shipper>(std::move(peer), Spec(kDest), options_, std::move(on_fatal), *backlog);
  }
  void End(std::unique_ptr<Shipper>& shipper, int ms = 5000) {
    shipper->Stop(milliseconds(ms));
    shipper.reset();
    backlog_.reset();
  }

  SendResult Take(const encode::Batch& batch, Progress& progress) {
    ++sends_;
    if (away_) return Fails(FailureKind::kRetryable);
    const std::lock_guard lock(mutex_);
    ids_.push_back(MessageId("h", batch, progress.next_row));
    for (const size_t n : NumbersIn(std::string(AsText(batch.Rows(progress.next_row, batch.count())))))
      got_.push_back(n);
    progress.next_row = batch.count();
    progress.bytes += batch.rows.size();
    progress.payloads += 1;
    return {};
  }
  std::vector<size_t> Got() {
    const std::lock_guard lock(mutex_);
    return got_;
  }
  encode::PooledBatch Batch(size_t first, size_t rows = 10, size_t padding = 900) {
    return MakeBatch(pool_, Jsonl(), first, rows, padding);
  }
  uint64_t Spooled() const { return backlog_->GetLevel().rows; }

  TempDir dir_;
  ShipOptions options_ = Quick();
  encode::BatchPool pool_{4};
  std::atomic<bool> away_{true};
  std::atomic<int> sends_{0};
  Peer::Answer answer_;
  std::mutex mutex_;
  std::vector<size_t> got_;
  std::vector<std::string> ids_;
  std::shared_ptr<Backlog> backlog_;
  const Delta full_ = RowsDropped("tcp", "queue_full"), shutdown_ = RowsDropped("tcp", "shutdown"),
              spool_full_ = RowsDropped("tcp", "spool_full"), sent_ = RowsSent("tcp");
};

TEST_F(BacklogTest, AFullQueueCostsNoRow) {
  options_.spool.away_after_ms = 3'600'000;  // only what does not fit goes to the disk
  auto shipper = Start();
  for (size_t i = 0; i < 100; ++i) EXPECT_TRUE(shipper->Push(Batch(i * 10)));
  EXPECT_LE(shipper->GetLevel().bytes, options_.queue_bytes);
  EXPECT_GT(Spooled(), 800u);
  away_ = false;
  EXPECT_TRUE(Eventually([&] { return Got().size() == 1000; }));
  EXPECT_TRUE(Eventually([&] { return Spooled() == 0; }));
  auto got = Got();
  std::sort(got.begin(), got.end());
  EXPECT_EQ(got, FromTo(0, 999));
  EXPECT_EQ(full_() + spool_full_() + shutdown_(), 0u);
  EXPECT_EQ(sent_(), 1000u);
}

TEST_F(BacklogTest, APeerThatIsAwayForAMomentLeavesNothingInMemory) {
  auto shipper = Start();
  shipper->Push(Batch(0));
  EXPECT_TRUE(Eventually([&] { return Spooled() == 10; }));
  for (size_t i = 1; i <= 3; ++i) shipper->Push(Batch(i * 10));
  EXPECT_TRUE(Eventually([&] { return shipper->GetLevel().batches == 0 && Spooled() == 40; }));
  away_ = false;
  EXPECT_TRUE(Eventually([&] { return Got().size() == 40; }));
  EXPECT_EQ(Got(), FromTo(0, 39)) << "oldest first";
  shipper->Push(Batch(40));
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_EQ(shipper->GetLevel().batches, 0u);
  EXPECT_EQ(Spooled(), 0u) << "it goes by memory again";
}

TEST_F(BacklogTest, WhatStopLeavesIsSentInTheNextLifeUnderTheSameName) {
  auto shipper = Start();
  for (size_t i = 0; i < 20; ++i) shipper->Push(Batch(i * 10));
  End(shipper, 50);
  EXPECT_EQ(shutdown_(), 0u);
  EXPECT_EQ(sent_(), 0u);
  away_ = false;
  shipper = Start();
  EXPECT_TRUE(Eventually([&] { return Got().size() == 200; }));
  End(shipper);
  auto got = Got();
  std::sort(got.begin(), got.end());
  EXPECT_EQ(got, FromTo(0, 199));
  EXPECT_EQ(std::set<std::string>(ids_.begin(), ids_.end()).size(), 20u);
  const auto ids = ids_;
  shipper = Start();
  shipper->Push(Batch(1000));
  End(shipper);
  EXPECT_EQ(ids_.size(), 21u) << "nothing comes twice";
  EXPECT_EQ(std::count(ids.begin(), ids.end(), ids_.back()), 0) << "a new life gives other names";
}

TEST_F(BacklogTest, OnlyTheRestOfABatchWaits) {
  answer_ = [&](const encode::Batch& batch, Progress& progress) -> SendResult {
    if (away_ && progress.next_row == 0) {
      progress.next_row += 4;
      progress.payloads += 1;
      progress.bytes += 1;
    }
    if (away_) return Fails(FailureKind::kRetryable);
    return Take(batch, progress);
  };
  auto shipper = Start();
  shipper->Push(Batch(0));
  EXPECT_TRUE(Eventually([&] { return sent_() == 4; }));
  End(shipper, 50);
  away_ = false;
  shipper = Start();
  EXPECT_EQ(Spooled(), 6u);
  EXPECT_TRUE(Eventually([&] { return Got().size() == 6; }));
  EXPECT_EQ(Got(), FromTo(4, 9));
  EXPECT_EQ(sent_(), 10u);
}

TEST_F(BacklogTest, NewRowsGoFirstAndTheOldBesideThem) {
  options_.spool.away_after_ms = 3'600'000;  // so that all of it is put on disk by Stop(), in order
  options_.queue_bytes = 10 << 20;
  auto shipper = Start();
  for (size_t i = 0; i < 100; ++i) shipper->Push(Batch(i * 10));
  End(shipper, 20);
  options_.spool.idle_after_ms = 3'600'000;
  away_ = false;
  shipper = Start();
  for (size_t i = 0; i < 30; ++i) {
    shipper->Push(Batch(10'000 + i * 10));
    EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
    const auto got = Got();
    EXPECT_EQ(std::count(got.begin(), got.end(), 10'000 + i * 10), 1);
    const size_t old = got.size() - (i + 1) * 10;
    EXPECT_LE(old, (i + 1) * 20 + 10) << "twice the new rows at most";
  }
  EXPECT_TRUE(Eventually([&] { return Got().size() >= 30 * 10 + 30 * 9; }));
  End(shipper);
  std::vector<size_t> old;
  for (const size_t n : Got())
    if (n < 10'000) old.push_back(n);
  EXPECT_EQ(old, FromTo(0, old.size() - 1)) << "in order";
  shipper = Start();
  EXPECT_EQ(Spooled(), 1000 - old.size());
}

TEST_F(BacklogTest, ACrashTakesNothingThatWasOnDisk) {
  const ChildEnd end = RunInChild([&](int out) {
    auto shipper = Start();
    shipper->Push(Batch(0));
    if (!Eventually([&] { return Spooled() == 10; })) _exit(1);
    for (size_t i = 1; i < 50; ++i) shipper->Push(Batch(i * 10));
    if (!Eventually([&] { return Spooled() == 500; })) _exit(2);
    WriteTo(out, "on disk");
    raise(SIGKILL);
  });
  ASSERT_EQ(end.text, "on disk");
  ASSERT_TRUE(WIFSIGNALED(end.status));
  away_ = false;
  auto shipper = Start();
  EXPECT_TRUE(Eventually([&] { return Got().size() == 500; }));
  // In order but for the moment in which the peer was found to be away: what waited in memory went to disk beside what
  // was pushed then.
  std::vector<size_t> got = Got();
  std::sort(got.begin(), got.end());
  EXPECT_EQ(got, FromTo(0, 499));
}

TEST_F(BacklogTest, AfterAFatalFailureTheRowsWaitForTheNextStart) {
  answer_ = [](const encode::Batch&, Progress&) -> SendResult { return Fails(FailureKind::kFatal); };
  std::atomic<bool> told{false};
  auto shipper = Start([&](const Error&) { told = true; });
  shipper->Push(Batch(0));
  EXPECT_TRUE(Eventually([&] { return told.load(); }));
  End(shipper);
  answer_ = nullptr;
  away_ = false;
  shipper = Start();
  EXPECT_TRUE(Eventually([&] { return Got().size() == 10; }));
}

TEST_F(BacklogTest, RejectedRowsOfTheBacklogAreDroppedAndCounted) {
  auto shipper = Start();
  for (size_t i = 0; i < 5; ++i) shipper->Push(Batch(i * 10));
  End(shipper, 20);
  answer_ = [](const encode::Batch& batch, Progress& progress) -> SendResult {
    return Fails(FailureKind::kRejected, batch.count() - progress.next_row);
  };
  const Delta rejected = RowsDropped("tcp", "scripted");
  shipper = Start();
  EXPECT_TRUE(Eventually([&] { return rejected() == 50; }));
  EXPECT_TRUE(Eventually([&] { return Spooled() == 0; }));
}

// Whatever happens, pushed rows are delivered, dropped with a reason, in the queue or on disk.
TEST_F(BacklogTest, EveryRowIsInOnePlace) {
  options_.spool.bytes = 20'000;
  options_.queue_bytes = 30'000;
  std::minstd_rand random(7), moods(11);  // the latter is the shipping threads'
  answer_ = [&](const encode::Batch& batch, Progress& progress) -> SendResult {
    switch (moods() % 6) {
      case 0:
        return Take(batch, progress);
      case 1:
        return Fails(FailureKind::kRejected, 2);
      case 2:
        progress.next_row += 1;
        progress.payloads += 1;
        return Fails(FailureKind::kRetryable);
      default:
        return Fails(FailureKind::kRetryable);
    }
  };
  away_ = false;
  const Delta rejected = RowsDropped("tcp", "scripted");
  uint64_t pushed = 0;
  for (int life = 0; life < 10; ++life) {
    auto shipper = Start();
    for (size_t i = 0; i < 60; ++i, pushed += 10) shipper->Push(Batch(pushed, 10, 300 + random() % 1500));
    shipper->Stop(milliseconds(random() % 40));
    EXPECT_EQ(sent_() + rejected() + full_() + shutdown_() + spool_full_() + Spooled(), pushed) << "life " << life;
    shipper.reset();
    backlog_.reset();
  }
  EXPECT_GT(spool_full_(), 0u);
  EXPECT_EQ(full_() + shutdown_(), 0u);
}

TEST_F(BacklogTest, OnlyNetworksHaveOneAndOnlyWithAFolder) {
  EXPECT_FALSE(*Backlog::Open(Spec("file:/tmp/x"), Jsonl(), options_));
  options_.spool.dir = "";
  EXPECT_FALSE(*Backlog::Open(Spec(kDest), Jsonl(), options_));
}

TEST_F(BacklogTest, RowsWithOtherColumnsAreNotMixed) {
  auto shipper = Start();
  shipper->Push(Batch(0));
  End(shipper, 20);
  encode::Framing other = Csv();
  ASSERT_TRUE(*Backlog::Open(Spec(kDest), other, options_));
  other.header = "p,n\n";
  const auto columns = *Backlog::Open(Spec(kDest), other, options_);
  EXPECT_EQ(columns->GetLevel().rows, 10u);
  EXPECT_FALSE(columns->Take());
}

}  // namespace
}  // namespace xtcp2::ship::test
