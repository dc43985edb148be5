// Counters, gauges and histograms, and the one registry of them. They know nothing of Prometheus: src/serve turns the
// registry into its text. Updates are lock-free and from any thread; registration happens at start (a static or a
// constructor) and takes a mutex.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace xtcp2 {

using Labels = std::vector<std::pair<std::string, std::string>>;

// Only goes up.
class Counter {
 public:
  void Add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  uint64_t Value() const { return value_.load(std::memory_order_relaxed); }

 private:
  alignas(64) std::atomic<uint64_t> value_{0};
};

// Is what it was set to last.
class Gauge {
 public:
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }
  double Value() const { return value_.load(std::memory_order_relaxed); }

 private:
  alignas(64) std::atomic<double> value_{0};
};

// Counts observations in buckets with fixed upper bounds (ascending; +Inf is implied).
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds);
  void Observe(double value);
  const std::vector<double>& bounds() const { return bounds_; }
  // Observations in bucket i alone (not cumulated); i == bounds().size() is +Inf.
  uint64_t Count(size_t i) const { return counts_[i].load(std::memory_order_relaxed); }
  double Sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::vector<double> bounds_;
  std::unique_ptr<std::atomic<uint64_t>[]> counts_;
  std::atomic<double> sum_{0};
};

enum class MetricType { kCounter, kGauge, kHistogram };

// One series: labels and exactly one of the three.
struct Series {
  Labels labels;
  std::unique_ptr<Counter> counter;
  std::unique_ptr<Gauge> gauge;
  std::unique_ptr<Histogram> histogram;
};

// All series of one name.
struct Family {
  std::string name;
  std::string help;
  MetricType type;
  std::deque<Series> series;
};

// The set of families. References given out stay valid for the registry's life. Names follow the Prometheus
// conventions: prefix "xtcp2_", base units (seconds, bytes), "_total" on counters.
class Metrics {
 public:
  // The process-wide registry.
  static Metrics& Global();

  Counter& AddCounter(std::string_view name, std::string_view help, Labels labels = {});
  Gauge& AddGauge(std::string_view name, std::string_view help, Labels labels = {});
  Histogram& AddHistogram(std::string_view name, std::string_view help, std::vector<double> bounds, Labels labels = {});
  // Called before each scrape, on the scraping thread, to set gauges that are read on demand.
  void OnScrape(std::function<void()> hook);

  // Runs the hooks, then calls `visit` for each family in order of name, under the registry's lock.
  void Visit(const std::function<void(const Family&)>& visit);

 private:
  Series& Find(std::string_view name, std::string_view help, MetricType type, Labels labels);

  std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
  std::vector<std::function<void()>> hooks_;
};

// Upper bounds for durations in seconds, 100 µs to 100 s.
std::vector<double> DurationBounds();

}  // namespace xtcp2
