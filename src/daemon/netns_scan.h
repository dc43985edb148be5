// Which network namespaces the host has, and how each can be entered and is called. Reads only /proc and the bind-mount
// folders (both parameters, so that tests hand it folders); keeps nothing open, so a scan keeps no namespace alive. One
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "netlink/netns.h"

namespace xtcp2::daemon {

struct NetnsEntry {
  netlink::NetnsId id;
  std::string name;
  std::vector<std::string>
      paths;                   // files that showed it; each may be gone or another namespace by the time it is opened
  bool own = false;            // the daemon's own: need not be entered
  std::string name_path = {};  // the mount whose name it bears; empty: the name is no file's
};

// How a namespace is called that no mount and no container gives a name: as the kernel writes it.
std::string UnnamedNetns(uint64_t inode);

struct NetnsScanOptions {
  std::string proc_root = "/proc";
  std::vector<std::string> mount_folders = {"/run/netns", "/run/docker/netns"};
  bool own_only = false;
};

struct NetnsScan {
  std::vector<NetnsEntry> entries;  // the own namespace first, the others by inode
  uint64_t unreadable = 0;          // processes whose namespace link may not be read (CAP_SYS_PTRACE)
  std::vector<uint64_t> excluded;   // inodes of those left out by -netnsInclude and -netnsExclude
  uint64_t not_namespaces = 0;      // files in the mount folders that are no namespaces
  std::optional<Error> error;       // /proc could not be read: namespaces may be missing, none may be taken as gone
};

class NetnsScanner {
 public:
  // `own`: the namespace this process started in. All nsfs inodes are on its device.
  NetnsScanner(NetnsScanOptions options, netlink::NetnsId own);

  // Looks everywhere anew: bind mounts, every process, every thread that may have a namespace of its own.
  NetnsScan Scan() const;

 private:
  NetnsScanOptions options_;
  netlink::NetnsId own_;
};

// The first run of 64 lower-case hex digits in a /proc/<pid>/cgroup text: the container's id; empty where there is
// none.
std::string ContainerIdIn(const std::string& cgroup_text);

}  // namespace xtcp2::daemon
