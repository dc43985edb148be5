// Which hierarchies there are comes from /proc/self/mountinfo, where we are in them from /proc/self/cgroup.
#include "serve/cgroup.h"

#include <fstream>
#include <sstream>
#include <vector>

namespace xtcp2 {

namespace {

struct Hierarchy {
  bool v2;
  std::string folder;  // mount point
  std::string top;     // which cgroup is mounted there
};

// Whether `word` is one of the comma-separated `list`.
bool HasWord(const std::string& list, const std::string& word) {
  return ("," + list + ",").find("," + word + ",") != std::string::npos;
}

std::vector<Hierarchy> Hierarchies(const std::string& root, const std::string& controller) {
  std::vector<Hierarchy> found;
  std::ifstream file(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    // 36 35 98:0 /top /mount/point options [optional ...] - type source super-options (proc_pid_mountinfo(5))
    std::istringstream front(line);
    std::string skip, top, folder, type, source, super;
    front >> skip >> skip >> skip >> top >> folder;
    const size_t dash = line.find(" - ");
    if (!front || dash == std::string::npos) continue;
    std::istringstream back(line.substr(dash + 3));
    back >> type >> source >> super;
    if (type == "cgroup2") found.push_back({true, folder, top});
    if (type == "cgroup" && HasWord(super, controller)) found.push_back({false, folder, top});
  }
  return found;
}

// Our cgroup in the v2 hierarchy or in v1's one with the controller; empty where we are in none.
std::string OwnGroup(const std::string& root, bool v2, const std::string& controller) {
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (v2 ? line.starts_with("0::") : HasWord(controllers, controller)) return line.substr(second + 1);
  }
  return "";
}

// Below the mount point: "/a/b" or "". In a container with a namespace of its own the path may lie outside of what is
// mounted.
std::string BelowMount(const Hierarchy& hierarchy, std::string group) {
  if (hierarchy.top != "/" && group.starts_with(hierarchy.top)) group.erase(0, hierarchy.top.size());
  if (group.find("..") != std::string::npos || group == "/") return "";
  return group;
}

}  // namespace

void ForEachOwnCgroup(const std::string& root, const std::string& controller,
                      const std::function<void(const Cgroup&)>& visit) {
  for (const Hierarchy& hierarchy : Hierarchies(root, controller)) {
    const std::string mount_point = root + hierarchy.folder;
    std::string group = BelowMount(hierarchy, OwnGroup(root, hierarchy.v2, controller));
    while (true) {
      visit({mount_point + group, hierarchy.v2});
      if (group.empty()) break;
      group.erase(group.rfind('/'));
    }
  }
}

}  // namespace xtcp2
