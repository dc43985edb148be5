// What rows say of the host and the daemon, the same for every namespace.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/poll_run.h"
#include "schema/names.h"
#include "schema/socket.h"

namespace xtcp2::daemon {

// Stays the same from poll to poll; texts live as long as the daemon.
struct HostFacts {
  std::string daemon_version, hostname, location, label, tag;
  uint64_t boot_id = 0;
  schema::Epoch epoch = schema::Epoch::k2;
};

// The facts of every row. Borrows the texts of `host`.
schema::Context ContextOf(const HostFacts& host, schema::Collector collector);
// The facts of this poll's rows that do not depend on the namespace. Borrows the texts of `host`.
schema::Context ContextOf(const HostFacts& host, schema::Collector collector, unsigned reader, const PollRun& run);

}  // namespace xtcp2::daemon
