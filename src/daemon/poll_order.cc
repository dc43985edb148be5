#include "daemon/poll_order.h"

#include <algorithm>

namespace xtcp2::daemon {

bool PollOrder::BacksOff(const Memory& memory, const NetnsEntry& entry) const {
  const auto failed = [&](const std::string& path) {
    return std::find(memory.failed_paths.begin(), memory.failed_paths.end(), path) != memory.failed_paths.end();
  };
  return memory.not_before > poll_ && std::all_of(entry.paths.begin(), entry.paths.end(), failed);
}

PollOrder::Plan PollOrder::Begin(std::vector<NetnsEntry> entries, bool scan_complete) {
  ++poll_;
  Plan plan;
  for (NetnsEntry& entry : entries) {
    Memory& memory = memory_[entry.id];
    memory.last_seen = poll_;
    if (BacksOff(memory, entry))
      ++plan.backed_off;
    else
      plan.tasks.push_back({std::move(entry), &memory.netns, memory.last_served, plan.tasks.size() < sockstats_});
  }
  // What is erased lets go of the namespace.
  if (scan_complete) std::erase_if(memory_, [&](const auto& item) { return item.second.last_seen != poll_; });
  const auto waited_longer = [](const NetnsTask& a, const NetnsTask& b) { return a.last_served < b.last_served; };
  // Mostly all were served in the last poll: nothing to move.
  if (!std::is_sorted(plan.tasks.begin(), plan.tasks.end(), waited_longer))
    std::stable_sort(plan.tasks.begin(), plan.tasks.end(), waited_longer);
  return plan;
}

PollOrder::News PollOrder::End(const PollRun& run) {
  News news;
  for (size_t i = 0; i < run.tasks().size(); ++i) {
    Memory& memory = memory_[run.tasks()[i].netns.id];
    switch (run.results()[i].served) {
      case Served::kComplete:
      case Served::kEmpty:
      case Served::kIncomplete:
      case Served::kVanished:
        memory.last_served = poll_;
        memory.failures = 0;
        break;
      case Served::kFailed:
        memory.last_served = poll_;
        if (memory.failures == 0) news.first_failures.push_back(i);
        memory.not_before = poll_ + std::min<uint64_t>(uint64_t{1} << std::min(memory.failures, 10u), kMaxBackOff);
        ++memory.failures;
        memory.failed_paths = run.tasks()[i].netns.paths;
        break;
      case Served::kUnserved:
      case Served::kCancelled:
        break;
    }
  }
  return news;
}

}  // namespace xtcp2::daemon
