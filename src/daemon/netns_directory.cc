#include "daemon/netns_directory.h"

namespace xtcp2::daemon {

NetnsDirectory::NetnsDirectory(std::span<const NetnsTask> tasks, std::span<const uint64_t> excluded,
                               const filter::NetnsSelection& selection, bool own_only)
    : excluded_(excluded.begin(), excluded.end()), selection_(selection), own_only_(own_only) {
  entries_.reserve(tasks.size());
  for (const NetnsTask& task : tasks) entries_.emplace(task.netns.id.inode, &task.netns);
}

const NetnsEntry* NetnsDirectory::Find(uint64_t inode) const {
  const auto found = entries_.find(inode);
  return found == entries_.end() ? nullptr : found->second;
}

bool NetnsDirectory::Wanted(uint64_t inode) const {
  if (entries_.contains(inode)) return true;
  return !own_only_ && !excluded_.contains(inode) && selection_.Selected(UnnamedNetns(inode), inode);
}

}  // namespace xtcp2::daemon
