// The ledger's thread with a ledger of the test's making.
#include "ledger/reader.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "collect/output_for_test.h"
#include "ledger/fakes_for_test.h"

namespace xtcp2::ledger {
namespace {

constexpr NetnsKey kOne{11, 100};

// Read by the test while the thread runs, so with a count of its own.
class CountedOutput final : public collect::BatchOutput {
 public:
  encode::PooledBatch TakeBatch() override { return kept_.TakeBatch(); }
  bool Push(encode::PooledBatch batch) override {
    ++pushed;
    return kept_.Push(std::move(batch));
  }
  auto Rows() const { return kept_.Rows(); }
  std::atomic<int> pushed{0};

 private:
  collect::KeptOutput kept_;
};

class LedgerReaderTest : public testing::Test {
 protected:
  LedgerReaderTest() {
    options_.ring_bytes = 65536;
    options_.drain_ns = options_.round_ns = kNsPerMs;
    auto host = std::make_unique<FakeHost>();
    host->Add(kOne, "one");
    host->Count(kOne.cookie, 3);
    host_ = std::move(host);
  }
  void Start() {
    auto reader = LedgerReader::Start(options_, program_,
                                      {.source = [this]() -> Result<std::unique_ptr<NetnsSource>> {
                                         if (!host_) return Fail("no home", EPERM);
                                         return std::unique_ptr<NetnsSource>(std::move(host_));
                                       },
                                       .rows =
                                           [this](const EventRows::Naming& naming) {
                                             collect::SinkOptions sink;
                                             sink.encode.format = encode::Format::kProtobufList;
                                             return std::make_unique<EventRows>(
                                                 EventRowOptions{}, collect::MakeRowSink(sink, output_), naming);
                                           },
                                       .room = [this] { return room_.load(); },
                                       .sampler = nullptr});
    if (reader) reader_ = std::move(*reader);
    error_ = reader ? "" : reader.error().Text();
  }
  void Ended(uint16_t connections) {
    for (uint16_t i = 0; i < connections; ++i) {
      xtcp2_ledger_event event{};
      event.kind = XTCP2_EVENT_CLOSE;
      event.row.msg[0] = 2;
      event.row.netns_inode = kOne.inode;
      event.row.netns_cookie = kOne.cookie;
      program_->events.push_back(event);
    }
  }
  // Waits until the account says so; false after ten seconds.
  bool Until(const std::function<bool(const Snapshot&)>& holds) {
    const int64_t deadline = MonotonicNs() + 10 * kNsPerSecond;
    while (MonotonicNs() < deadline)
      if (holds(*reader_->Latest())) return true;
    return false;
  }

  ReaderOptions options_;
  std::shared_ptr<FakeProgram> program_ = std::make_shared<FakeProgram>();
  std::unique_ptr<FakeHost> host_;
  CountedOutput output_;
  std::unique_ptr<LedgerReader> reader_;
  std::string error_;
  std::atomic<size_t> room_{1 << 20};
};

TEST_F(LedgerReaderTest, WhatIsInTheRingAtTheEndHasItsRow) {
  Ended(5000);
  Start();
  reader_->End();
  ASSERT_TRUE(reader_->WaitEnded(std::chrono::seconds(10)));
  reader_.reset();
  EXPECT_EQ(output_.Rows().size(), 5000u);
  EXPECT_EQ(output_.Rows()[4999].netns(), "one");
}

TEST_F(LedgerReaderTest, WithoutRoomEventsWaitAndTheAccountGoesOn) {
  room_ = 0;
  Ended(1);
  Start();
  const int64_t first = reader_->Latest()->taken_at;
  EXPECT_TRUE(Until([&](const Snapshot& now) { return now.taken_at > first; }));
  EXPECT_EQ(output_.pushed, 0);
  room_ = 1 << 20;
  reader_.reset();
  EXPECT_EQ(output_.Rows().size(), 1u);
}

TEST_F(LedgerReaderTest, TheFirstAccountIsThereAtOnce) {
  Start();
  EXPECT_EQ(reader_->Latest()->report.namespaces, 1u);
  EXPECT_EQ(reader_->Latest()->ring_bytes, 65536u);
  EXPECT_NE(reader_->Latest()->taken_at, 0);
}

TEST_F(LedgerReaderTest, ASourceThatCannotBeMadeIsAnError) {
  host_.reset();
  Start();
  EXPECT_EQ(reader_, nullptr);
  EXPECT_NE(error_.find("no home"), std::string::npos);
}

TEST_F(LedgerReaderTest, RowsOfAnEarlierPauseComeBack) {
  program_->paused = true;
  Start();
  reader_.reset();
  EXPECT_FALSE(program_->paused);
}

}  // namespace
}  // namespace xtcp2::ledger
