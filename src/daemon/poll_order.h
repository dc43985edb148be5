// Which namespaces a poll serves, and in which order: those that have waited longest first, so that a poll without time
// for all starves none; those that could not be entered only after their back-off, or when there is a new way in: it
// may be another namespace that was given the inode number. Remembers by identity, and keeps what readers remember of a
// namespace (NetnsMemory); forgets what a scan no longer shows.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/poll_run.h"

namespace xtcp2::daemon {

class PollOrder {
 public:
  // `sockstats`: of how many namespaces the socket counts may stay open between polls.
  explicit PollOrder(size_t sockstats = 0) : sockstats_(sockstats) {}

  struct Plan {
    std::vector<NetnsTask> tasks;
    uint64_t backed_off = 0;  // namespaces that are left out of this poll: the last tries to enter them failed
  };
  // `scan_complete`: false keeps the memory of namespaces that are not in `entries`.
  Plan Begin(std::vector<NetnsEntry> entries, bool scan_complete);
  // Takes in how the poll went. `entered_anew` in the results' order: first failures are worth a log line, repeats are
  // not.
  struct News {
    std::vector<size_t> first_failures;  // indices into run.tasks()
  };
  News End(const PollRun& run);

  size_t known() const { return memory_.size(); }

 private:
  struct Memory {
    uint64_t last_served = 0;               // number of the poll; 0 never
    uint64_t not_before = 0;                // number of the poll from which on it is tried again
    unsigned failures = 0;                  // in a row
    std::vector<std::string> failed_paths;  // those of the last failure
    uint64_t last_seen = 0;
    NetnsMemory netns;
  };
  static constexpr uint64_t kMaxBackOff = 64;  // polls
  bool BacksOff(const Memory& memory, const NetnsEntry& entry) const;

  const size_t sockstats_;
  uint64_t poll_ = 0;
  std::map<netlink::NetnsId, Memory> memory_;
};

}  // namespace xtcp2::daemon
