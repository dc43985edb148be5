// The knobs of Valkey and Redis. Plain values, read by src/valkey.
#pragma once

#include <string>

#include "ship/tls_options.h"

namespace xtcp2::ship {

struct ValkeyOptions {
  std::string topic = "xtcp";  // -topic
  TlsOptions tls;
};

}  // namespace xtcp2::ship
