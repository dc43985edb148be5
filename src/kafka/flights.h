// The messages that one batch was cut into, and what became of each. Pure; the shipping thread's.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <deque>
#include <string>

#include "ship/destination.h"

namespace xtcp2::kafka {

struct Flight {
  enum class State : uint8_t { kWaiting, kFlying, kDelivered, kFailed };

  size_t first, last;  // rows of the batch
  size_t bytes = 0;    // of the value
  uint64_t id = 0;     // of the message; a message made anew has another
  State state = State::kWaiting;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string text = {};
};

class Flights {
 public:
  bool empty() const { return flights_.empty(); }
  void Clear() { flights_.clear(); }
  // Cuts rows [first, count) where `last_of(first)` says; at least one row each.
  template <class LastOf>
  void Cut(size_t first, size_t count, LastOf last_of) {
    while (first < count) {
      const size_t last = std::max(first + 1, last_of(first));
      flights_.push_back({first, last});
      first = last;
    }
  }
  std::deque<Flight>& all() { return flights_; }

  // What the report says; one of a message that was given up is ignored.
  void Land(uint64_t id, rd_kafka_resp_err_t error, std::string text);
  bool AnyFlying() const;
  // Moves progress over what is delivered at the front, and over what the shipper gave up before progress.next_row.
  void Advance(ship::Progress& progress);
  // Replaces flight `at` by two of half the rows; it must have two at least.
  void Halve(size_t at);
  // What was not delivered is to be sent as new messages.
  void StartOver();

 private:
  std::deque<Flight> flights_;
};

}  // namespace xtcp2::kafka
