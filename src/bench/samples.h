// What a daemon says of itself at /metrics, fetched and looked up. Pure but for Scrape().
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace xtcp2::bench {

class Samples {
 public:
  // `text`: the Prometheus text format.
  static Samples Parse(std::string_view text);

  // The sum of all series of a name whose labels contain `label` (as in `phase="serve"`; empty: any); nothing where
  // there is none.
  std::optional<double> Sum(std::string_view name, std::string_view label = {}) const;
  double SumOr0(std::string_view name, std::string_view label = {}) const { return Sum(name, label).value_or(0); }

 private:
  std::multimap<std::string, std::pair<std::string, double>, std::less<>> by_name_;  // name: labels, value
};

// GET http://127.0.0.1:port/metrics in the calling thread's namespace; at most 5 s. The connection is reset when the
// answer has come, so that no socket remains of it.
Result<Samples> Scrape(uint16_t port);

}  // namespace xtcp2::bench
