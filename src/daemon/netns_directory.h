// What the scan of this poll says of a namespace that is known by its inode number only, as rows of the walk in BPF
// have it. Immutable while the poll runs; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "daemon/netns_task.h"
#include "filter/netns_pattern.h"

namespace xtcp2::daemon {

class NetnsDirectory {
 public:
  // `tasks` must outlive it. `excluded`: inodes of those that the selection left out of the scan by name.
  NetnsDirectory(std::span<const NetnsTask> tasks, std::span<const uint64_t> excluded,
                 const filter::NetnsSelection& selection, bool own_only);

  // Null: no process and no mount shows it.
  const NetnsEntry* Find(uint64_t inode) const;
  // Whether the user wants its rows.
  bool Wanted(uint64_t inode) const;

 private:
  std::unordered_map<uint64_t, const NetnsEntry*> entries_;
  std::unordered_set<uint64_t> excluded_;
  const filter::NetnsSelection& selection_;
  const bool own_only_;
};

}  // namespace xtcp2::daemon
