#include "kafka/kafka.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

#include "base/clock.h"
#include "kafka/failure.h"
#include "kafka/properties.h"
#include "ship/identity.h"
#include "ship/payload.h"

namespace xtcp2::kafka {
namespace {

using ship::Failure;
using ship::FailureKind;
using ship::SendResult;

constexpr int64_t kPatienceMs = 10'000;
// What is around a value in a record batch of one message: 61 bytes, up to 36 more, and the names of our headers.
constexpr size_t kOverhead = 256;
constexpr unsigned kTryMoreAfter = 32;  // accepted messages until twice the size is tried again

tl::unexpected<Failure> Later(std::string_view cause, std::string what) {
  return tl::unexpected<Failure>(Failure{FailureKind::kRetryable, cause, {std::move(what), 0}, 0, 0});
}

}  // namespace

KafkaDestination::KafkaDestination(const ship::DestSpec& spec, const encode::Framing& framing,
                                   const ship::ShipOptions& options)
    : spec_(spec),
      framing_(framing),
      options_(options),
      key_(options.kafka.key == "host" ? options.host : ""),
      files_(FilesOf(options.kafka)),
      restarts_(Metrics::Global().AddCounter("xtcp2_kafka_producer_restarts_total",
                                             "Producers made anew: after an error that ends one, and for new files.")) {
}

Result<std::unique_ptr<ship::Destination>> KafkaDestination::Make(const ship::DestSpec& spec,
                                                                  const encode::Framing& framing,
                                                                  const ship::ShipOptions& options) {
  const ship::KafkaOptions& kafka = options.kafka;
  Result<std::vector<Property>> properties = MakeProperties(spec, options, Producer::BuiltIn());
  if (!properties) return tl::unexpected(properties.error());
  if (Result<> good = Producer::Check(*properties); !good) return tl::unexpected(good.error());
  const bool protobuf = framing.kind == encode::FrameKind::kVarint;
  if (kafka.schema_framing && (!protobuf || kafka.schema_url.empty()))
    return Fail("-kafkaSchemaFraming needs -marshal protobufList and -kafkaSchemaUrl");
  std::unique_ptr<KafkaDestination> made(new KafkaDestination(spec, framing, options));
  if (!made->inbox_->ok()) return Fail("making an eventfd for " + spec.Redacted(), EMFILE);
  if (protobuf && !kafka.schema_url.empty()) {
    Result<std::unique_ptr<SchemaRegistry>> registry = SchemaRegistry::Start(options);
    if (!registry) return tl::unexpected(registry.error());
    made->registry_ = std::move(*registry);
  }
  if (const std::string hint = CredentialsHint(kafka.sasl, rd_kafka_version()); !hint.empty())
    LogWarning("-kafkaSasl {}{}", kafka.sasl, hint);
  return made;
}

SendResult KafkaDestination::Send(const encode::Batch& batch, ship::Progress& progress) {
  if (SendResult ready = EnsureReady(); !ready) return ready;
  const int64_t patience_ms = options_.kafka.produce_timeout_ms != 0 ? options_.kafka.produce_timeout_ms : kPatienceMs;
  const int64_t deadline_ns = MonotonicNs() + patience_ms * kNsPerMs;
  if (flights_.empty()) CutBatch(batch, progress.next_row);
  for (;;) {
    flights_.Advance(progress);
    if (flights_.empty()) return {};
    if (SendResult launched = Launch(batch); !launched) return launched;
    if (!flights_.AnyFlying()) return FrontFailure();
    if (SendResult waited = AwaitReports(deadline_ns); !waited) {
      flights_.Advance(progress);
      return waited;
    }
  }
}

// What is in flight may arrive yet, but nobody counts on it any more.
void KafkaDestination::GiveUp() { flights_.Clear(); }

SendResult KafkaDestination::EnsureReady() {
  if (interrupt().is_set()) return ship::Interrupted();
  // A renewed file helps whoever is refused; whoever has messages on their way without trouble waits for them first.
  if (files_due_ = files_.Changed() || files_due_; files_due_ && (flights_.empty() || inbox_->LastTrouble()))
    ForgetProducer();
  if (producer_ && producer_->lost()) ForgetProducer();
  if (options_.kafka.schema_framing && !registry_->Id())
    return Later("schema", "the schema registry has given no number yet: " + registry_->WhyNot());
  return producer_ ? SendResult{} : StartProducer();
}

SendResult KafkaDestination::StartProducer() {
  Result<std::vector<Property>> properties = MakeProperties(spec_, options_, Producer::BuiltIn());
  if (!properties) return Later("file", properties.error().Text());
  Result<std::unique_ptr<Producer>> producer = Producer::Start(*properties, options_.kafka.token_file, inbox_);
  if (!producer) return Later("file", producer.error().Text());
  producer_ = std::move(*producer);
  return {};
}

// What it had not delivered goes through the next one as new messages: those that arrived all the same arrive twice.
void KafkaDestination::ForgetProducer() {
  files_due_ = false;
  if (!producer_) return;
  restarts_.Add();
  producer_.reset();
  inbox_->Clear();
  flights_.StartOver();
}

size_t KafkaDestination::ValueLimit() const {
  const size_t around = kOverhead + key_.size() + options_.host.size();
  return std::min(limit_, producer_->largest() - std::min(producer_->largest(), around));
}

void KafkaDestination::CutBatch(const encode::Batch& batch, size_t first) {
  const size_t limit = ValueLimit();
  const size_t prefix = options_.kafka.schema_framing ? kSchemaPrefix : 0;
  flights_.Cut(first, batch.count(), [&](size_t from) {
    return ship::LastThatFits(batch, framing_, from, limit - std::min(limit, prefix), true);
  });
}

void KafkaDestination::MakeValue(const encode::Batch& batch, size_t first, size_t last) {
  value_.Clear();
  if (!options_.kafka.schema_framing) return ship::AppendPayload({batch, first, last, true}, framing_, value_);
  // The registry's readers expect the message itself, without the length in front.
  AppendSchemaPrefix(registry_->Id().value_or(0), value_);
  value_.Append(batch.Rows(first, last));
}

// Hands over what waits, as far as librdkafka takes it.
SendResult KafkaDestination::Launch(const encode::Batch& batch) {
  for (size_t at = 0; at < flights_.all().size();) {
    Flight& flight = flights_.all()[at];
    if (flight.state != Flight::State::kWaiting) {
      ++at;
      continue;
    }
    const rd_kafka_resp_err_t error = LaunchOne(batch, flight);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++at;
    } else if (IsTooLarge(error)) {
      TooLarge(at);
    } else if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL && flights_.AnyFlying()) {
      return {};  // room comes with the reports
    } else {
      return tl::unexpected(
          FailureOf(error, fmt::format("Kafka: {}", rd_kafka_err2str(error)), flight.last - flight.first));
    }
  }
  return {};
}

rd_kafka_resp_err_t KafkaDestination::LaunchOne(const encode::Batch& batch, Flight& flight) {
  MakeValue(batch, flight.first, flight.last);
  flight.bytes = value_.size();
  flight.id = ++last_id_;
  const std::string name = ship::MessageId(options_.host, batch, flight.first);
  const rd_kafka_resp_err_t error =
      producer_->Produce({flight.id, options_.kafka.topic, key_, name, framing_.format, value_.bytes()});
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) flight.state = Flight::State::kFlying;
  return error;
}

// Two of half the size in its place; a single row stays failed.
void KafkaDestination::TooLarge(size_t at) {
  Flight& flight = flights_.all()[at];
  if (flight.last - flight.first == 1) {
    flight.state = Flight::State::kFailed;
    flight.error = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    return;
  }
  limit_ = std::max<size_t>(1, flight.bytes / 2);
  accepted_ = 0;
  flights_.Halve(at);
}

// Waits for news and takes it in.
SendResult KafkaDestination::AwaitReports(int64_t deadline_ns) {
  const auto outcome = interrupt().WaitFor(inbox_->fd(), POLLIN, deadline_ns);
  if (outcome == ship::Interrupt::Outcome::kInterrupted) return ship::Interrupted();
  Inbox::News news = inbox_->Take();
  for (Report& report : news.reports) {
    if (report.error == RD_KAFKA_RESP_ERR_NO_ERROR) Accepted();
    flights_.Land(report.message, report.error, std::move(report.text));
  }
  for (size_t at = 0; at < flights_.all().size(); ++at)
    if (const Flight& flight = flights_.all()[at];
        flight.state == Flight::State::kFailed && IsTooLarge(flight.error) && flight.last - flight.first > 1)
      TooLarge(at);
  if (news.fatal) return tl::unexpected(Told(*news.fatal));
  if ((news.all_down || outcome == ship::Interrupt::Outcome::kTimeout) && flights_.AnyFlying()) return NotYet();
  return {};
}

// The messages stay where they are; the next Send() waits on for them.
SendResult KafkaDestination::NotYet() const {
  if (const std::optional<Trouble> trouble = inbox_->LastTrouble()) return tl::unexpected(Told(*trouble));
  return ship::TimedOut("Kafka has not acknowledged in time");
}

Failure KafkaDestination::Told(const Trouble& trouble) const {
  std::string text = "Kafka: " + trouble.text;
  if (trouble.error == RD_KAFKA_RESP_ERR__AUTHENTICATION)
    text += CredentialsHint(options_.kafka.sasl, rd_kafka_version());
  return FailureOf(trouble.error, std::move(text), 0);
}

// Nothing is under way and the first message has failed.
SendResult KafkaDestination::FrontFailure() {
  const Flight& front = flights_.all().front();
  if (IsTooLarge(front.error))
    return ship::RowTooLarge(fmt::format("Kafka takes no message as large as a row of {} bytes", front.bytes));
  Failure failure = FailureOf(front.error, fmt::format("Kafka: topic {}: {}", options_.kafka.topic, front.text),
                              front.last - front.first);
  if (failure.kind == FailureKind::kRetryable) flights_.StartOver();
  return tl::unexpected(std::move(failure));
}

// A broker's limit may have been raised: once in a while a larger message is tried.
void KafkaDestination::Accepted() {
  if (limit_ == kUnlimited || ++accepted_ < kTryMoreAfter) return;
  accepted_ = 0;
  limit_ = limit_ > kUnlimited / 2 ? kUnlimited : limit_ * 2;
}

}  // namespace xtcp2::kafka
