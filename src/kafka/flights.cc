#include "kafka/flights.h"

#include <algorithm>
#include <utility>

namespace xtcp2::kafka {

using State = Flight::State;

void Flights::Land(uint64_t id, rd_kafka_resp_err_t error, std::string text) {
  for (Flight& flight : flights_) {
    if (flight.id != id || flight.state != State::kFlying) continue;
    flight.state = error == RD_KAFKA_RESP_ERR_NO_ERROR ? State::kDelivered : State::kFailed;
    flight.error = error;
    flight.text = std::move(text);
    return;
  }
}

bool Flights::AnyFlying() const {
  return std::any_of(flights_.begin(), flights_.end(), [](const Flight& f) { return f.state == State::kFlying; });
}

void Flights::Advance(ship::Progress& progress) {
  while (!flights_.empty()) {
    const Flight& front = flights_.front();
    if (front.state == State::kDelivered && front.first == progress.next_row) {
      progress.next_row = front.last;
      progress.bytes += front.bytes;
      ++progress.payloads;
    } else if (front.last > progress.next_row) {
      return;
    }
    flights_.pop_front();
  }
}

void Flights::Halve(size_t at) {
  Flight& flight = flights_[at];
  const size_t middle = flight.first + (flight.last - flight.first) / 2;
  const Flight second{middle, flight.last};
  flight = Flight{flight.first, middle};
  flights_.insert(flights_.begin() + static_cast<std::ptrdiff_t>(at) + 1, second);
}

void Flights::StartOver() {
  for (Flight& flight : flights_)
    if (flight.state != State::kDelivered) flight.state = State::kWaiting;
}

}  // namespace xtcp2::kafka
