// librdkafka's statistics as metrics. Called on its background thread, one call after the other.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/metrics.h"

namespace xtcp2::kafka {

class Statistics {
 public:
  Statistics();
  // One JSON document of librdkafka (its STATISTICS.md); a wrong one is ignored.
  void Show(std::string_view json);

 private:
  struct Broker {
    Gauge& rtt_seconds;
    Counter& send_errors;
    Counter& receive_errors;
    Counter& timeouts;
    Counter& connects;
  };
  Broker& BrokerCalled(const std::string& name);

  Gauge& messages_;
  Gauge& bytes_;
  std::map<std::string, Broker> brokers_;
};

}  // namespace xtcp2::kafka
