// The numbers of one destination, labelled with its name, and the events that log as well. Thread-safe; lives as long
// as its Shipper, the counters behind it for ever.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/log.h"
#include "base/metrics.h"
#include "ship/failure.h"
#include "ship/spec.h"

namespace xtcp2::ship {

Counter& ReconnectCounter(const DestSpec& spec);
Counter& ResentBytesCounter(const DestSpec& spec);

struct QueueLevel {
  size_t batches, bytes;
};
// Shows the queue's level at every scrape. `level` is called for as long as the process lives; it gives nothing once
// the queue is gone.
void ShowQueueLevel(const DestSpec& spec, size_t limit_bytes, std::function<std::optional<QueueLevel>()> level);

class ShipMetrics {
 public:
  explicit ShipMetrics(const DestSpec& spec);

  Counter& rows;      // delivered
  Counter& bytes;     // delivered, framing included
  Counter& batches;   // delivered, at least in part
  Counter& payloads;  // messages delivered
  Counter& waits;     // pushes that found the queue full and waited
  Gauge& last_success;
  Histogram& send_seconds;
  Histogram& latency_seconds;  // from the start of the poll to the delivery of a batch of it

  // Rows that were not delivered so far, by reason. Any thread.
  std::map<std::string, uint64_t> DroppedRows();

  // Rows of one batch that nobody will get.
  void Dropped(std::string_view reason, uint64_t row_count);
  // The reason is shown as 0 from now on.
  void ShowDropped(std::string_view reason) { DropsFor(reason); }
  // Counts the failure by cause and logs it, one line a minute per cause.
  void Failed(const Failure& failure);

 private:
  struct Drops {
    Event batches;
    Counter& rows;
  };
  Labels With(std::string_view name, std::string_view value) const;
  Drops& DropsFor(std::string_view reason);

  const Labels labels_;
  const std::string redacted_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Drops>, std::less<>> drops_;
  std::map<std::string, std::unique_ptr<Event>, std::less<>> failures_;
};

}  // namespace xtcp2::ship
