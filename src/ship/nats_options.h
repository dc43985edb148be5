// The knobs of NATS. Plain values, read by src/nats.
#pragma once

#include <string>

#include "ship/tls_options.h"

namespace xtcp2::ship {

struct NatsOptions {
  std::string topic = "xtcp";  // -topic
  TlsOptions tls;
};

}  // namespace xtcp2::ship
