// `xtcp2 replay`: the records of capture files, decoded and encoded by the same code as live ones. Pure decoding: no
// socket, no capability, nothing read from this host. What the kernel gave comes out as it would have live; facts of
// the host (hostname, labels, containers) are those of `facts`, empty unless somebody gives them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/replay_kernel.h"
#include "collect/row_sink.h"
#include "filter/filter.h"
#include "schema/socket.h"

namespace xtcp2::collect {

struct ReplayOptions {
  std::vector<std::string> files;  // read in this order; "-" is standard input
  filter::Filter filter;           // without device names
  filter::Sampler sampler;
  SinkOptions sink;  // sink.locate.accecn is set by the kernel
  // -kernel: what kernel the captures are of, whatever they say. Else what they say; else kDefaultAccEcnLayout.
  std::optional<KernelRelease> kernel;
  // Collector, time, namespace and boot id are set from the capture, the rest goes into every row as it is. Its texts
  // are borrowed.
  schema::Context facts;
  int output_fd = 1;
};

struct ReplayCounts {
  uint64_t datagrams = 0;
  uint64_t rows = 0;
  uint64_t duplicates = 0;       // answers whose cookie their dump had already given
  uint64_t requests = 0;         // datagrams to the kernel, skipped
  uint64_t other_protocols = 0;  // packets of other netlink protocols, skipped
  uint64_t other_sockets = 0;    // datagrams with answers for other than TCP sockets, skipped
};

// Prints the rows of all files to `output_fd`. Every file is read as far as it goes; each problem is told to `problem`
// in one line that names the file. Returns the exit code: 0, or 1 when there was a problem.
int Replay(const ReplayOptions& options, const std::function<void(std::string_view)>& problem,
           ReplayCounts* counts = nullptr);

}  // namespace xtcp2::collect
