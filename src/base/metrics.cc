#include "base/metrics.h"

#include <algorithm>

#include "base/check.h"

namespace xtcp2 {

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), counts_(new std::atomic<uint64_t>[bounds_.size() + 1]()) {}

void Histogram::Observe(double value) {
  const size_t i = static_cast<size_t>(std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin());
  counts_[i].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

Metrics& Metrics::Global() {
  static Metrics* const registry = new Metrics;  // never destroyed: threads may count until the very end
  return *registry;
}

Series& Metrics::Find(std::string_view name, std::string_view help, MetricType type, Labels labels) {
  auto [it, fresh] = families_.try_emplace(std::string(name));
  Family& family = it->second;
  if (fresh) family = Family{std::string(name), std::string(help), type, {}};
  XTCP2_CHECK(family.type == type, "a metric name is registered with two types");
  for (Series& series : family.series)
    if (series.labels == labels) return series;
  family.series.push_back(Series{std::move(labels), nullptr, nullptr, nullptr});
  return family.series.back();
}

Counter& Metrics::AddCounter(std::string_view name, std::string_view help, Labels labels) {
  std::lock_guard lock(mutex_);
  Series& series = Find(name, help, MetricType::kCounter, std::move(labels));
  if (!series.counter) series.counter = std::make_unique<Counter>();
  return *series.counter;
}

Gauge& Metrics::AddGauge(std::string_view name, std::string_view help, Labels labels) {
  std::lock_guard lock(mutex_);
  Series& series = Find(name, help, MetricType::kGauge, std::move(labels));
  if (!series.gauge) series.gauge = std::make_unique<Gauge>();
  return *series.gauge;
}

Histogram& Metrics::AddHistogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                                 Labels labels) {
  std::lock_guard lock(mutex_);
  Series& series = Find(name, help, MetricType::kHistogram, std::move(labels));
  if (!series.histogram) series.histogram = std::make_unique<Histogram>(std::move(bounds));
  return *series.histogram;
}

void Metrics::OnScrape(std::function<void()> hook) {
  std::lock_guard lock(mutex_);
  hooks_.push_back(std::move(hook));
}

void Metrics::Visit(const std::function<void(const Family&)>& visit) {
  std::vector<std::function<void()>> hooks;
  {
    std::lock_guard lock(mutex_);
    hooks = hooks_;
  }
  for (const auto& hook : hooks) hook();  // outside the lock: a hook may register
  std::lock_guard lock(mutex_);
  for (const auto& [name, family] : families_) visit(family);
}

std::vector<double> DurationBounds() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100};
}

}  // namespace xtcp2
