// The knobs of NSQ. Plain values, read by src/nsq.
#pragma once

#include <string>

#include "ship/tls_options.h"

namespace xtcp2::ship {

struct NsqOptions {
  std::string topic = "xtcp";  // -topic
  TlsOptions tls;
};

}  // namespace xtcp2::ship
