// The destination against librdkafka's mock cluster, which fails on demand. A real broker: test/delivery/kafka_test.py.
#include "kafka/kafka.h"

#include <gmock/gmock.h>

#include <thread>

#include "kafka/mock_for_test.h"

namespace xtcp2::kafka::test {
namespace {

using ship::FailureKind;
using ship::Progress;
using ship::test::Jsonl;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Kafka : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.host = "tester";
    options_.kafka.compression = "none";
    options_.kafka.produce_timeout_ms = 60'000;
    for (size_t row = 0; row < 8; ++row) ship::test::AddRow(batch_, Jsonl(), row, 1000);
    batch_.sequence = 1;
  }
  void Make() {
    auto made = KafkaDestination::Make(*ship::ParseDest(cluster_.dest()), Jsonl(), options_);
    ASSERT_TRUE(made) << made.error().Text();
    kafka_ = std::move(*made);
  }
  std::string All() const { return std::string(batch_.rows.text()); }
  std::string Joined() {
    std::string all;
    for (const std::string& value : cluster_.Read()) all += value;
    return all;
  }

  MockCluster cluster_;
  ship::ShipOptions options_;
  encode::Batch batch_;
  Progress progress_;
  std::unique_ptr<ship::Destination> kafka_;
};

TEST_F(Kafka, ABatchIsOneMessage) {
  Make();
  const auto sent = kafka_->Send(batch_, progress_);
  ASSERT_TRUE(sent) << sent.error().error.Text();
  EXPECT_EQ(progress_.next_row, 8u);
  EXPECT_EQ(progress_.payloads, 1u);
  EXPECT_EQ(progress_.bytes, batch_.rows.size());
  EXPECT_THAT(cluster_.Read(), ElementsAre(All()));
}

TEST_F(Kafka, IsCutWhereALimitOfOursAsksForIt) {
  options_.kafka.properties = {"message.max.bytes=3000"};
  Make();
  ASSERT_TRUE(kafka_->Send(batch_, progress_));
  EXPECT_EQ(progress_.payloads, 4u);
  EXPECT_EQ(Joined(), All());
}

TEST_F(Kafka, IsHalvedWhereTheBrokerAsksForIt) {
  cluster_.Answer({RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  Make();
  const auto sent = kafka_->Send(batch_, progress_);
  ASSERT_TRUE(sent) << sent.error().error.Text();
  EXPECT_EQ(progress_.payloads, 3u);
  EXPECT_EQ(progress_.next_row, 8u);
}

TEST_F(Kafka, ARowThatIsTooLargeIsRejectedAlone) {
  ship::test::AddRow(batch_, Jsonl(), 8, 5000);
  ship::test::AddRow(batch_, Jsonl(), 9, 10);
  options_.kafka.properties = {"message.max.bytes=3000"};
  Make();
  auto sent = kafka_->Send(batch_, progress_);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, FailureKind::kRejected);
  EXPECT_EQ(sent.error().rows, 1u);
  EXPECT_EQ(progress_.next_row, 8u);
  ++progress_.next_row;
  ASSERT_TRUE(kafka_->Send(batch_, progress_));
  EXPECT_EQ(progress_.next_row, 10u);
  EXPECT_THAT(Joined(), HasSubstr(ship::test::RowText(9, 10)));
}

TEST_F(Kafka, WhatPassesIsTriedAgainByItself) {
  cluster_.Answer({RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION});
  Make();
  ASSERT_TRUE(kafka_->Send(batch_, progress_));
  EXPECT_THAT(cluster_.Read(), ElementsAre(All()));
}

TEST_F(Kafka, WithoutPermissionItEnds) {
  cluster_.Answer({RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  Make();
  const auto sent = kafka_->Send(batch_, progress_);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, FailureKind::kFatal);
  EXPECT_EQ(progress_.next_row, 0u);
}

TEST_F(Kafka, AwayAndBackWithoutACopy) {
  options_.kafka.produce_timeout_ms = 100;
  Make();
  cluster_.Down();
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto sent = kafka_->Send(batch_, progress_);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().kind, FailureKind::kRetryable) << sent.error().error.Text();
  }
  cluster_.Up();
  const int64_t end_ns = MonotonicNs() + 60 * kNsPerSecond;
  while (!kafka_->Send(batch_, progress_)) ASSERT_LT(MonotonicNs(), end_ns);
  EXPECT_THAT(cluster_.Read(), ElementsAre(All()));
}

TEST_F(Kafka, StopEndsAWait) {
  Make();
  cluster_.Down();
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    kafka_->Stop();
  });
  // The peer that is away may be told first.
  auto sent = kafka_->Send(batch_, progress_);
  while (!sent && sent.error().kind == FailureKind::kRetryable) sent = kafka_->Send(batch_, progress_);
  stopper.join();
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().kind, FailureKind::kInterrupted);
}

TEST_F(Kafka, AProducerThatIsLostIsMadeAnew) {
  // What idempotence cannot mend is fatal for one producer, not for the destination.
  cluster_.Answer({RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
  Make();
  const int64_t end_ns = MonotonicNs() + 60 * kNsPerSecond;
  for (auto sent = kafka_->Send(batch_, progress_); !sent; sent = kafka_->Send(batch_, progress_)) {
    ASSERT_EQ(sent.error().kind, FailureKind::kRetryable) << sent.error().error.Text();
    ASSERT_LT(MonotonicNs(), end_ns);
  }
  EXPECT_EQ(progress_.next_row, 8u);
  EXPECT_THAT(Joined(), HasSubstr(All()));
}

TEST_F(Kafka, WhatCanNeverWorkIsSaidAtStart) {
  options_.kafka.tls = {true, "/nonexistent.pem", "", "", ""};
  auto made = KafkaDestination::Make(*ship::ParseDest(cluster_.dest()), Jsonl(), options_);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().Text(), HasSubstr("/nonexistent.pem"));
  options_.kafka.tls = {};
  options_.kafka.schema_framing = true;
  EXPECT_FALSE(KafkaDestination::Make(*ship::ParseDest(cluster_.dest()), Jsonl(), options_));
}

}  // namespace
}  // namespace xtcp2::kafka::test
