// One dump that a reader is at: the lane of its rows, its request, and how far it has come. For reader.cc and
// reader_dump.cc only.
#pragma once

#include <vector>

#include "collect/lane.h"
#include "daemon/reader.h"
#include "filter/bytecode.h"

namespace xtcp2::daemon {

struct Reader::Slot {
  DumpPtr dump;
  collect::Lane lane;
  collect::PortUse ports;
  bool counts_ports = false;
  collect::DatagramTap tap;
  filter::Filter filter;  // with the devices of this namespace
  filter::Compiled kernel;
  std::vector<uint8_t> bytecode;  // with the part's ports
  uint32_t states = 0;
  std::vector<uint8_t> request;
  int64_t start_ns = 0;

  uint8_t family = netlink::kBothFamilies;  // that is asked for now
  bool finished = false;
  int attempt = 1;
  collect::DumpResult so_far;  // of the attempts at this family
  DumpTotals totals;
};

}  // namespace xtcp2::daemon
