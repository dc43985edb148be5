#include "ship/metrics.h"

namespace xtcp2::ship {
namespace {

Labels NameLabel(const DestSpec& spec) { return {{"destination", spec.name}}; }

Counter& Count(const Labels& labels, std::string_view name, std::string_view help) {
  return Metrics::Global().AddCounter(name, help, labels);
}

}  // namespace

Counter& ReconnectCounter(const DestSpec& spec) {
  return Count(NameLabel(spec), "xtcp2_destination_reconnects_total",
               "Connections to the destination after the first one.");
}

Counter& ResentBytesCounter(const DestSpec& spec) {
  return Count(NameLabel(spec), "xtcp2_destination_resent_bytes_total",
               "Bytes sent once more because a connection was lost before they were known to be read.");
}

void ShowQueueLevel(const DestSpec& spec, size_t limit_bytes, std::function<std::optional<QueueLevel>()> level) {
  const Labels labels = NameLabel(spec);
  Metrics& metrics = Metrics::Global();
  metrics.AddGauge("xtcp2_destination_queue_limit_bytes", "Bound of the queue before the destination.", labels)
      .Set(static_cast<double>(limit_bytes));
  Gauge& bytes = metrics.AddGauge("xtcp2_destination_queue_bytes", "Memory of the batches in the queue.", labels);
  Gauge& batches = metrics.AddGauge("xtcp2_destination_queue_batches", "Batches in the queue.", labels);
  metrics.OnScrape([&bytes, &batches, level = std::move(level)] {
    const std::optional<QueueLevel> now = level();
    bytes.Set(now ? static_cast<double>(now->bytes) : 0);
    batches.Set(now ? static_cast<double>(now->batches) : 0);
  });
}

ShipMetrics::ShipMetrics(const DestSpec& spec)
    : rows(Count(NameLabel(spec), "xtcp2_destination_rows_total", "Rows delivered.")),
      bytes(Count(NameLabel(spec), "xtcp2_destination_bytes_total", "Bytes delivered, framing included.")),
      batches(Count(NameLabel(spec), "xtcp2_destination_batches_total", "Batches of which rows were delivered.")),
      payloads(Count(NameLabel(spec), "xtcp2_destination_payloads_total",
                     "Messages delivered: frames, datagrams or requests.")),
      waits(Count(NameLabel(spec), "xtcp2_destination_push_waits_total",
                  "Batches that had to wait for room in the queue.")),
      last_success(Metrics::Global().AddGauge("xtcp2_destination_last_success_timestamp_seconds",
                                              "When a batch was delivered last; 0: never.", NameLabel(spec))),
      send_seconds(Metrics::Global().AddHistogram("xtcp2_destination_send_duration_seconds",
                                                  "How long one attempt to deliver a batch took.", DurationBounds(),
                                                  NameLabel(spec))),
      latency_seconds(Metrics::Global().AddHistogram(
          "xtcp2_destination_latency_seconds",
          "From the start of a poll to the delivery of its rows, batch by batch; rows that waited on disk too.",
          DurationBounds(), NameLabel(spec))),
      labels_(NameLabel(spec)),
      redacted_(spec.Redacted()) {
  ReconnectCounter(spec);  // shown as 0 from the start, like the usual reasons
  if (!spec.local()) DropsFor("queue_full");
  DropsFor("shutdown");
}

Labels ShipMetrics::With(std::string_view name, std::string_view value) const {
  Labels labels = labels_;
  labels.emplace_back(name, value);
  return labels;
}

ShipMetrics::Drops& ShipMetrics::DropsFor(std::string_view reason) {
  std::lock_guard lock(mutex_);
  auto& drops = drops_[std::string(reason)];
  if (!drops) {
    const Labels labels = With("reason", reason);
    drops.reset(
        new Drops{Event(LogLevel::kWarning, "xtcp2_destination_dropped_batches_total",
                        "Batches that lost rows, by reason.", labels),
                  Count(labels, "xtcp2_destination_dropped_rows_total", "Rows that were not delivered, by reason.")});
  }
  return *drops;
}

std::map<std::string, uint64_t> ShipMetrics::DroppedRows() {
  std::lock_guard lock(mutex_);
  std::map<std::string, uint64_t> dropped;
  for (const auto& [reason, drops] : drops_)
    if (drops->rows.Value() != 0) dropped[reason] = drops->rows.Value();
  return dropped;
}

void ShipMetrics::Dropped(std::string_view reason, uint64_t row_count) {
  Drops& drops = DropsFor(reason);
  drops.rows.Add(row_count);
  drops.batches.Happened("{}: {} rows dropped: {}", redacted_, row_count, reason);
}

void ShipMetrics::Failed(const Failure& failure) {
  Event* event = nullptr;
  {
    std::lock_guard lock(mutex_);
    auto& slot = failures_[std::string(failure.cause)];
    if (!slot)
      slot = std::make_unique<Event>(LogLevel::kWarning, "xtcp2_destination_errors_total",
                                     "Attempts to deliver that failed, by kind.", With("kind", failure.cause));
    event = slot.get();
  }
  event->Happened("{}{}", failure.error.Text(), failure.kind == FailureKind::kRetryable ? "; will be tried again" : "");
}

}  // namespace xtcp2::ship
