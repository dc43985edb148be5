// One destination of the daemon's output. For output.cc and output_status.cc only.
#pragma once

#include "app/output.h"

namespace xtcp2::app {

struct Output::Outlet {
  ship::DestSpec spec;
  std::string format;
  size_t queue_bytes = 0;
  std::unique_ptr<ship::Shipper> shipper;
};

}  // namespace xtcp2::app
