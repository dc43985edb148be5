#include "serve/prometheus_text.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <sstream>

namespace xtcp2 {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;

bool ShownAsCounter(const Family& family) {
  return family.type == MetricType::kCounter || std::string_view(family.name).ends_with("_total");
}

ClientMetric::Histogram Convert(const Histogram& from) {
  ClientMetric::Histogram to;
  const size_t bounds = from.bounds().size();
  uint64_t count = 0;
  for (size_t i = 0; i <= bounds; ++i) {
    count += from.Count(i);
    to.bucket.push_back({count, i < bounds ? from.bounds()[i] : std::numeric_limits<double>::infinity()});
  }
  to.sample_count = count;  // not counted apart: updates go on while we read, and _count must equal the last bucket
  to.sample_sum = from.Sum();
  return to;
}

ClientMetric Convert(const Series& from, bool counter) {
  ClientMetric to;
  for (const auto& [name, value] : from.labels) to.label.push_back({name, value});
  if (from.counter) to.counter.value = static_cast<double>(from.counter->Value());
  if (from.gauge) (counter ? to.counter.value : to.gauge.value) = from.gauge->Value();
  if (from.histogram) to.histogram = Convert(*from.histogram);
  return to;
}

MetricFamily Convert(const Family& from) {
  MetricFamily to;
  to.name = from.name;
  to.help = from.help;
  const bool counter = ShownAsCounter(from);
  to.type = from.type == MetricType::kHistogram ? prometheus::MetricType::Histogram
            : counter                           ? prometheus::MetricType::Counter
                                                : prometheus::MetricType::Gauge;
  for (const Series& series : from.series) to.metric.push_back(Convert(series, counter));
  return to;
}

}  // namespace

std::string PrometheusText(Metrics& metrics) {
  std::vector<MetricFamily> families;
  metrics.Visit([&](const Family& family) { families.push_back(Convert(family)); });
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return std::move(out).str();
}

}  // namespace xtcp2
