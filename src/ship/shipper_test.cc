// The queue and the shipping thread, with a destination that does as the test says.
#include "ship/shipper.h"

#include <gmock/gmock.h>

#include <set>

#include "ship/identity.h"
#include "ship/test_support.h"

namespace xtcp2::ship::test {
namespace {

// Fails as told, keeps the rows it was given.
class Scripted final : public Destination {
 public:
  using Answer = std::function<SendResult(const encode::Batch&, Progress&)>;
  explicit Scripted(Answer answer) : answer_(std::move(answer)) {}
  SendResult Send(const encode::Batch& batch, Progress& progress) override {
    ++sends;
    return answer_(batch, progress);
  }
  Result<> Reopen() override {
    ++reopens;
    return {};
  }
  std::atomic<int> sends{0};
  std::atomic<int> reopens{0};
  const Interrupt& its_interrupt() const { return interrupt(); }

 private:
  const Answer answer_;
};

SendResult Take(const encode::Batch& batch, Progress& progress) {
  progress.next_row = batch.count();
  progress.bytes += batch.rows.size();
  progress.payloads += 1;
  return {};
}
tl::unexpected<Failure> Fails(FailureKind kind, size_t rows = 0) {
  return tl::unexpected<Failure>(Failure{kind, "scripted", {"as the script says", 0}, rows, 0});
}

class ShipperTest : public ::testing::Test {
 protected:
  std::unique_ptr<Shipper> Start(const std::string& dest, Scripted::Answer answer, const ShipOptions& options = Quick(),
                                 Shipper::FatalCallback on_fatal = {}) {
    auto destination = std::make_unique<Scripted>(std::move(answer));
    scripted_ = destination.get();
    return std::make_unique<Shipper>(std::move(destination), Spec(dest), options, std::move(on_fatal));
  }
  encode::PooledBatch Batch(size_t rows, size_t padding = 20) { return MakeBatch(pool_, Jsonl(), 0, rows, padding); }

  encode::BatchPool pool_{4};
  Scripted* scripted_ = nullptr;
};

TEST_F(ShipperTest, TriesTheSameBatchAgainUntilItIsTaken) {
  int calls = 0;
  const auto shipper = Start("tcp:h:1", [&](const encode::Batch& batch, Progress& progress) -> SendResult {
    if (++calls < 4) return Fails(FailureKind::kRetryable);
    return Take(batch, progress);
  });
  const Delta sent = RowsSent("tcp");
  const Delta errors = ErrorsOf("tcp", "scripted");
  shipper->Push(Batch(5));
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_EQ(scripted_->sends, 4);
  EXPECT_EQ(sent(), 5u);
  EXPECT_EQ(errors(), 3u);
}

TEST_F(ShipperTest, ABatchHasOneIdentityInAllAttemptsAndNoOtherBatchHasIt) {
  std::vector<std::string> seen;
  const auto answer = [&](const encode::Batch& batch, Progress& progress) -> SendResult {
    seen.push_back(MessageId("h", batch, progress.next_row));
    if (seen.size() % 2 == 1) return Fails(FailureKind::kRetryable);
    return Take(batch, progress);
  };
  for (int life = 0; life < 2; ++life) {
    const auto shipper = Start("tcp:h:1", answer);
    shipper->Push(Batch(1));
    shipper->Push(Batch(1));
    EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  }
  ASSERT_EQ(seen.size(), 8u);
  for (size_t i = 0; i < seen.size(); i += 2) EXPECT_EQ(seen[i], seen[i + 1]);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 4u);
}

TEST_F(ShipperTest, ARetryGoesOnWhereTheBatchStopped) {
  std::vector<size_t> starts;
  const auto shipper = Start("udp:h:1", [&](const encode::Batch& batch, Progress& progress) -> SendResult {
    starts.push_back(progress.next_row);
    if (starts.size() == 3) return Take(batch, progress);
    progress.next_row += 3;
    progress.payloads += 1;
    return Fails(FailureKind::kRetryable);
  });
  const Delta sent = RowsSent("udp");
  shipper->Push(Batch(10));
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_EQ(starts, (std::vector<size_t>{0, 3, 6}));
  EXPECT_EQ(sent(), 10u);
}

TEST_F(ShipperTest, RejectedRowsAreDroppedAndTheRestGoesOn) {
  const auto shipper = Start("udp:h:1", [&](const encode::Batch& batch, Progress& progress) -> SendResult {
    if (progress.next_row == 0) return Fails(FailureKind::kRejected, 4);
    return Take(batch, progress);
  });
  const Delta sent = RowsSent("udp");
  const Delta dropped = RowsDropped("udp", "scripted");
  const Delta batches = BatchesDropped("udp", "scripted");
  shipper->Push(Batch(10));
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_EQ(sent(), 6u);
  EXPECT_EQ(dropped(), 4u);
  EXPECT_EQ(batches(), 1u);
}

TEST_F(ShipperTest, ANetworkLosesTheOldestWholeBatches) {
  std::atomic<bool> away{true};
  std::vector<size_t> firsts;
  const auto shipper = Start(
      "tcp:h:1",
      [&](const encode::Batch& batch, Progress& progress) -> SendResult {
        if (away) return Fails(FailureKind::kRetryable);
        firsts.push_back(NumbersIn(std::string(batch.rows.text())).front());
        return Take(batch, progress);
      },
      [] {
        ShipOptions options = Quick();
        options.queue_bytes = 50'000;
        return options;
      }());
  const Delta dropped = RowsDropped("tcp", "queue_full");
  const Delta batches = BatchesDropped("tcp", "queue_full");
  shipper->Push(MakeBatch(pool_, Jsonl(), 0, 1, 9000));
  ASSERT_TRUE(Eventually([&] { return scripted_->sends > 0; }));  // batch 0 is being sent, the others queue
  for (size_t i = 1; i <= 20; ++i) {
    EXPECT_TRUE(shipper->Push(MakeBatch(pool_, Jsonl(), i, 1, 9000)));
    EXPECT_LE(shipper->GetLevel().bytes, 50'000u);
  }
  const size_t left = shipper->GetLevel().batches;
  EXPECT_GE(left, 2u);
  EXPECT_EQ(dropped(), 20 - left);
  EXPECT_EQ(batches(), 20 - left);
  away = false;
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  std::vector<size_t> expected = FromTo(21 - left, 20);
  expected.insert(expected.begin(), 0);
  EXPECT_EQ(firsts, expected);
}

TEST_F(ShipperTest, TheBoundHoldsSmallBatchesOutOfLargeBuffers) {
  std::atomic<bool> away{true};
  ShipOptions options = Quick();
  options.queue_bytes = 4 << 20;
  const Delta dropped = RowsDropped("tcp", "queue_full");
  const auto shipper = Start(
      "tcp:h:1",
      [&](const encode::Batch& batch, Progress& progress) -> SendResult {
        if (away) return Fails(FailureKind::kRetryable);
        return Take(batch, progress);
      },
      options);
  for (size_t i = 0; i < 500; ++i) {
    auto batch = pool_.Take();
    batch->rows.Reserve(1 << 20);  // as the pool gives it after a large poll
    AddRow(*batch, Jsonl(), i, 100);
    shipper->Push(std::move(batch));
  }
  EXPECT_EQ(dropped(), 0u);
  away = false;
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
}

TEST_F(ShipperTest, ALocalDestinationMakesTheProducerWaitAndStopLetsItGo) {
  std::atomic<bool> open{false};
  ShipOptions options = Quick();
  options.queue_bytes = 50'000;
  const Delta at_stop = RowsDropped("file", "shutdown");
  const Delta full = RowsDropped("file", "queue_full");
  const auto shipper = Start(
      "file:x",
      [&](const encode::Batch& batch, Progress& progress) -> SendResult {
        if (!open) return Fails(FailureKind::kRetryable);
        return Take(batch, progress);
      },
      options);
  const Delta waits{"xtcp2_destination_push_waits_total", {{"destination", "file"}}};
  std::atomic<size_t> pushed{0};
  std::atomic<bool> refused{false};
  std::thread producer([&] {
    while (shipper->Push(Batch(1, 9000))) ++pushed;
    refused = true;
  });
  EXPECT_TRUE(Eventually([&] { return waits() >= 1; }));
  const size_t held = pushed;
  EXPECT_LE(shipper->GetLevel().bytes, options.queue_bytes);
  open = true;
  EXPECT_TRUE(Eventually([&] { return pushed > held + 100; }));  // it goes on
  open = false;
  shipper->Stop(milliseconds(20));
  producer.join();
  EXPECT_TRUE(refused);
  EXPECT_GE(at_stop(), 1u);
  EXPECT_EQ(full(), 0u);
}

TEST_F(ShipperTest, StopSendsWhatIsQueuedWithinItsDeadline) {
  std::atomic<bool> open{false};
  const auto shipper = Start("tcp:h:1", [&](const encode::Batch& batch, Progress& progress) -> SendResult {
    if (!open) return Fails(FailureKind::kRetryable);
    return Take(batch, progress);
  });
  const Delta sent = RowsSent("tcp");
  const Delta dropped = RowsDropped("tcp", "shutdown");
  for (int i = 0; i < 20; ++i) shipper->Push(Batch(5));
  open = true;
  shipper->Stop(milliseconds(5000));
  EXPECT_EQ(sent(), 100u);
  EXPECT_EQ(dropped(), 0u);
  EXPECT_FALSE(shipper->Push(Batch(7)));
  EXPECT_EQ(dropped(), 7u);
}

TEST_F(ShipperTest, StopCutsALongPauseShortAndTriesOnceMore) {
  ShipOptions options = Quick();
  options.backoff_first_ms = options.backoff_longest_ms = 3'600'000;
  std::atomic<bool> open{false};
  const auto shipper = Start(
      "tcp:h:1",
      [&](const encode::Batch& batch, Progress& progress) -> SendResult {
        if (!open) return Fails(FailureKind::kRetryable);
        return Take(batch, progress);
      },
      options);
  const Delta sent = RowsSent("tcp");
  shipper->Push(Batch(5));
  ASSERT_TRUE(Eventually([&] { return scripted_->sends == 1; }));
  open = true;
  shipper->Stop(milliseconds(5000));
  EXPECT_EQ(sent(), 5u);
}

// The same where Stop comes while the attempt that fails is still running.
TEST_F(ShipperTest, StopDuringAFailingSendTriesOnceMore) {
  ShipOptions options = Quick();
  options.backoff_first_ms = options.backoff_longest_ms = 3'600'000;
  std::atomic<bool> failing{false}, go_on{false};
  const auto shipper = Start(
      "tcp:h:1",
      [&](const encode::Batch& batch, Progress& progress) -> SendResult {
        if (failing.exchange(true)) return Take(batch, progress);
        while (!go_on) std::this_thread::yield();
        return Fails(FailureKind::kRetryable);
      },
      options);
  const Delta sent = RowsSent("tcp"), dropped = RowsDropped("tcp", "shutdown");
  shipper->Push(Batch(5));
  ASSERT_TRUE(Eventually([&] { return failing.load(); }));
  std::thread stopper([&] { shipper->Stop(milliseconds(60'000)); });
  while (shipper->Push(Batch(1))) std::this_thread::yield();  // until the queue is closed: Stop has begun
  go_on = true;
  stopper.join();
  EXPECT_GE(sent(), 5u);
  EXPECT_EQ(dropped(), 1u) << "the one that came too late";
}

TEST_F(ShipperTest, StopInterruptsASendThatWaits) {
  const auto shipper = Start("file:x", [&](const encode::Batch&, Progress&) -> SendResult {
    scripted_->its_interrupt().WaitFor(-1, 0, kNever);
    return Interrupted();
  });
  const Delta dropped = RowsDropped("file", "shutdown");
  for (int i = 0; i < 3; ++i) shipper->Push(Batch(5));
  const int64_t start = MonotonicNs();
  shipper->Stop(milliseconds(50));
  EXPECT_GE(MonotonicNs() - start, 50 * kNsPerMs);
  EXPECT_LT(MonotonicNs() - start, kNsPerSecond);
  EXPECT_EQ(dropped(), 15u);
}

TEST_F(ShipperTest, AFatalFailureIsToldOnceAndLetsWaitingReadersGo) {
  std::atomic<bool> broken{false};
  std::atomic<int> told{0};
  ShipOptions options = Quick();
  options.queue_bytes = 30'000;
  const auto shipper = Start(
      "stdout",
      [&](const encode::Batch&, Progress&) -> SendResult {
        return Fails(broken ? FailureKind::kFatal : FailureKind::kRetryable);
      },
      options,
      [&](const Error& error) {
        EXPECT_EQ(error.what, "as the script says");
        ++told;
      });
  const Delta waits{"xtcp2_destination_push_waits_total", {{"destination", "stdout"}}};
  std::thread producer([&] {
    while (shipper->Push(Batch(1, 9000))) continue;
  });
  EXPECT_TRUE(Eventually([&] { return waits() >= 1; }));
  broken = true;
  producer.join();
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_TRUE(Eventually([&] { return told == 1; }));
  EXPECT_EQ(shipper->Fatal()->what, "as the script says");
  shipper->Stop(milliseconds(5000));
  EXPECT_EQ(told, 1);
}

TEST_F(ShipperTest, ReopenIsDoneWhenIdleAndInTheMiddleOfALongPause) {
  std::atomic<bool> open{true};
  ShipOptions options = Quick();
  options.backoff_first_ms = options.backoff_longest_ms = 3'600'000;
  const auto shipper = Start(
      "file:x",
      [&](const encode::Batch& batch, Progress& progress) -> SendResult {
        if (!open) return Fails(FailureKind::kRetryable);
        return Take(batch, progress);
      },
      options);
  shipper->Reopen();
  EXPECT_TRUE(Eventually([&] { return scripted_->reopens == 1; }));
  open = false;
  shipper->Push(Batch(1));
  ASSERT_TRUE(Eventually([&] { return scripted_->sends == 1; }));
  open = true;
  shipper->Reopen();
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_EQ(scripted_->reopens, 2);
}

TEST_F(ShipperTest, DrainWaitsForTheBatchThatIsBeingSent) {
  std::atomic<bool> open{false};
  ShipOptions options = Quick();
  options.queue_bytes = 20'000;
  const auto shipper = Start(
      "tcp:h:1",
      [&](const encode::Batch& batch, Progress& progress) -> SendResult {
        if (!open) return Fails(FailureKind::kRetryable);
        return Take(batch, progress);
      },
      options);
  shipper->Push(Batch(1, 9000));
  ASSERT_TRUE(Eventually([&] { return scripted_->sends > 0; }));
  for (int i = 0; i < 10; ++i) shipper->Push(Batch(1, 9000));  // drops most of these, but not the first
  EXPECT_FALSE(shipper->Drain(milliseconds(20)));
  open = true;
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_TRUE(shipper->Drain(milliseconds(0)));
}

TEST_F(ShipperTest, ManyReadersAtOnceLoseNothing) {
  std::set<size_t> seen;
  const auto shipper = Start("file:x", [&](const encode::Batch& batch, Progress& progress) -> SendResult {
    for (const size_t row : NumbersIn(std::string(batch.rows.text()))) seen.insert(row);
    return Take(batch, progress);
  });
  std::vector<std::thread> readers;
  for (size_t reader = 0; reader < 8; ++reader)
    readers.emplace_back([&, reader] {
      for (size_t i = 0; i < 50; ++i) shipper->Push(MakeBatch(pool_, Jsonl(), (reader * 50 + i) * 10, 10));
    });
  for (auto& reader : readers) reader.join();
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  shipper->Stop(milliseconds(1000));
  EXPECT_EQ(seen.size(), 4000u);
}

TEST_F(ShipperTest, NullTakesEverything) {
  const auto shipper = MakeShipper("null", Jsonl(), Quick());
  const Delta sent = RowsSent("null");
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(shipper->Push(Batch(10)));
  EXPECT_TRUE(shipper->Push(pool_.Take()));  // an empty batch is nothing
  EXPECT_TRUE(shipper->Drain(milliseconds(5000)));
  EXPECT_EQ(sent(), 1000u);
}

}  // namespace
}  // namespace xtcp2::ship::test
