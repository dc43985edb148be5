// The knobs of Kafka. Plain values, read by src/kafka.
#pragma once

#include <string>

#include "ship/tls_options.h"

namespace xtcp2::ship {

struct KafkaOptions {
  std::string topic = "xtcp";  // -topic
  TlsOptions tls;
};

}  // namespace xtcp2::ship
