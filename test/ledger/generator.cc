#include "generator.h"

#include <chrono>
#include <exception>
#include <memory>
#include <thread>

namespace xtcp2::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr unsigned kBatch = 50;
constexpr std::chrono::milliseconds kShortLife{500};

struct Place {
  std::unique_ptr<Room> room;
  Clock::time_point born;
};

double Since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// One thread's share.
double Run(const Load& load, unsigned places_wanted, std::vector<End>& log) {
  std::vector<Place> places;
  for (unsigned i = 0; i < places_wanted; ++i) places.push_back({std::make_unique<Room>(), Clock::now()});
  const auto start = Clock::now();
  const double rate = load.per_second / load.threads;
  double made = 0;
  for (size_t next = 0; Since(start) < load.seconds; next = (next + 1) % places.size()) {
    Place& place = places[next];
    if (next % 4 == 0 && Clock::now() - place.born > kShortLife) {
      place.room.reset();
      place = {std::make_unique<Room>(), Clock::now()};
    }
    place.room->Enter();
    place.room->Make(kBatch, log);
    made += kBatch;
    if (rate > 0)
      std::this_thread::sleep_until(
          start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(made / rate)));
  }
  return made;
}

}  // namespace

Made Generate(const Load& load) {
  Made made;
  std::vector<std::vector<End>> logs(load.threads);
  std::vector<double> counts(load.threads);
  std::vector<std::exception_ptr> errors(load.threads);
  const auto start = Clock::now();
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < load.threads; ++i)
    threads.emplace_back([&, i] {
      try {
        counts[i] = Run(load, std::max(1u, load.namespaces / load.threads), logs[i]);
      } catch (...) {
        errors[i] = std::current_exception();
      }
    });
  for (std::thread& thread : threads) thread.join();
  made.seconds = Since(start);
  for (unsigned i = 0; i < load.threads; ++i) {
    if (errors[i]) std::rethrow_exception(errors[i]);
    made.log.insert(made.log.end(), logs[i].begin(), logs[i].end());
    made.connections += counts[i];
  }
  return made;
}

}  // namespace xtcp2::test
