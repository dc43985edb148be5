#include "bench/holder.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <deque>

#include "base/clock.h"
#include "bench/connection.h"

namespace xtcp2::bench {
namespace {

constexpr int64_t kTickNs = 10 * kNsPerMs;

int Report(int to, const std::string& text) {
  const std::string line = text + "\n";
  return write(to, line.data(), line.size()) == static_cast<ssize_t>(line.size()) ? 0 : 1;
}

// Calls `work(n)` a hundred times a second so that the n add up to `per_second`; what a late tick missed is made up
// for, up to a second's worth.
template <class Work>
[[noreturn]] void EachTick(uint64_t per_second, Work&& work) {
  int64_t due = MonotonicNs();
  uint64_t owed = 0;
  while (true) {
    const int64_t now = MonotonicNs();
    if (now < due) {
      const timespec wait{0, due - now};
      nanosleep(&wait, nullptr);
      continue;
    }
    due = std::max(due + kTickNs, now - kNsPerSecond);
    owed += per_second;
    work(owed / 100);
    owed %= 100;
  }
}

struct Held {
  std::vector<Listener> listeners;
  std::vector<Connection> connections;
};

Result<> MakePortion(const Portion& portion, unsigned number, Held& held) {
  for (size_t i = 0; i < portion.listeners; ++i) {
    Result<Listener> listener = Listener::Open(portion.family, number);
    if (!listener) return tl::unexpected(listener.error());
    held.listeners.push_back(std::move(*listener));
  }
  const Listener& listener = held.listeners.back();
  for (size_t i = 0; i < portion.connections; ++i) {
    Result<Connection> connection = listener.Connect();
    if (!connection) return tl::unexpected(connection.error());
    held.connections.push_back(std::move(*connection));
  }
  return {};
}

}  // namespace

size_t RaiseDescriptorLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

int HoldSockets(const Places& places, const Holding& holding, uint64_t active_pct, int to) {
  Held held;
  unsigned number = static_cast<unsigned>(getpid()) * 16;
  for (const Portion& portion : holding.portions) {
    const Result<> made = places.Inside(portion.netns, [&] { return MakePortion(portion, number++, held); });
    if (!made) return Report(to, made.error().Text()), 1;
  }
  Report(to, fmt::format("ready {}", held.listeners.size() + 2 * held.connections.size()));
  const uint64_t active = held.connections.size() * active_pct / 100;
  if (active == 0)
    while (true) pause();
  size_t next = 0;
  EachTick(active, [&](uint64_t count) {
    for (; count != 0; --count, next = (next + 1) % active) Exchange(held.connections[next]);
  });
}

int Churn(const Places& places, uint64_t per_second, const std::string& family, int to) {
  std::vector<Listener> listeners;
  for (size_t i = 0; i < std::min(places.loaded(), kMostChurned); ++i) {
    const Result<> made = places.Inside(i, [&]() -> Result<> {
      Result<Listener> listener = Listener::Open(family, static_cast<unsigned>(getpid()) * 16);
      if (!listener) return tl::unexpected(listener.error());
      listeners.push_back(std::move(*listener));
      return {};
    });
    if (!made) return Report(to, made.error().Text()), 1;
  }
  struct Living {
    Connection connection;
    int64_t until_ns;
  };
  std::deque<Living> living;
  size_t next = 0;
  bool steady = false;  // as many close as open
  EachTick(per_second, [&](uint64_t count) {
    const int64_t now = MonotonicNs();
    if (!steady && !living.empty() && living.front().until_ns <= now) {
      Report(to, fmt::format("ready {}", listeners.size() + 2 * living.size()));
      steady = true;
    }
    for (; !living.empty() && living.front().until_ns <= now; living.pop_front()) Reset(living.front().connection);
    for (; count != 0; --count, next = (next + 1) % listeners.size())
      (void)places.Inside(next, [&]() -> Result<> {
        if (Result<Connection> made = listeners[next].Connect(); made)
          living.push_back({std::move(*made), now + kNsPerSecond});
        return {};
      });
  });
}

}  // namespace xtcp2::bench
