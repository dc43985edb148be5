// kafka:<host>:<port>[,...]. Each batch is one message, or several where the broker's limit asks for it, acknowledged
// by all replicas that are in sync. librdkafka repeats a message under its own sequence number until the broker has it,
// so a repeated Send() waits on for the same messages and makes no copies.
#pragma once

#include <memory>

#include "base/log.h"
#include "kafka/file_changes.h"
#include "kafka/flights.h"
#include "kafka/inbox.h"
#include "kafka/producer.h"
#include "kafka/schema_registry.h"
#include "ship/destination.h"
#include "ship/options.h"
#include "ship/spec.h"

namespace xtcp2::kafka {

class KafkaDestination final : public ship::Destination {
 public:
  // An error for what can never work: an option, a property, a certificate that cannot be read.
  static Result<std::unique_ptr<ship::Destination>> Make(const ship::DestSpec& spec, const encode::Framing& framing,
                                                         const ship::ShipOptions& options);
  ship::SendResult Send(const encode::Batch& batch, ship::Progress& progress) override;
  void GiveUp() override;

 private:
  KafkaDestination(const ship::DestSpec& spec, const encode::Framing& framing, const ship::ShipOptions& options);
  ship::SendResult EnsureReady();
  ship::SendResult StartProducer();
  void ForgetProducer();
  size_t ValueLimit() const;
  void CutBatch(const encode::Batch& batch, size_t first);
  void MakeValue(const encode::Batch& batch, size_t first, size_t last);
  ship::SendResult Launch(const encode::Batch& batch);
  rd_kafka_resp_err_t LaunchOne(const encode::Batch& batch, Flight& flight);
  void TooLarge(size_t at);
  ship::SendResult AwaitReports(int64_t deadline_ns);
  ship::SendResult NotYet() const;
  ship::Failure Told(const Trouble& trouble) const;
  ship::SendResult FrontFailure();
  void Accepted();

  const ship::DestSpec spec_;
  const encode::Framing framing_;
  const ship::ShipOptions options_;
  const std::string key_;
  const std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  std::unique_ptr<SchemaRegistry> registry_;  // none: not asked
  std::unique_ptr<Producer> producer_;        // made by the first Send(), when capabilities are given up
  FileChanges files_;
  bool files_due_ = false;  // they changed, and the producer does not know
  Flights flights_;
  uint64_t last_id_ = 0;
  Buffer value_;
  static constexpr size_t kUnlimited = ~size_t{0};
  size_t limit_ = kUnlimited;  // bytes of a value, as far as a broker has refused larger ones
  unsigned accepted_ = 0;      // messages since the limit was changed
  Counter& restarts_;
};

}  // namespace xtcp2::kafka
