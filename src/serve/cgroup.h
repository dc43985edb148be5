// The cgroups that this process is in: its own and all above, as far as they are mounted here (cgroups(7)). v1 and v2.
#pragma once

#include <functional>
#include <string>

namespace xtcp2 {

struct Cgroup {
  std::string folder;  // its files are here
  bool v2 = true;
};

// Calls `visit` for each cgroup in which `controller` ("cpu", "pids") can limit us, innermost first. `root` stands
// before /proc and before the mount points, for tests; what cannot be read is left out.
void ForEachOwnCgroup(const std::string& root, const std::string& controller,
                      const std::function<void(const Cgroup&)>& visit);

}  // namespace xtcp2
