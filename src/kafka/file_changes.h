// Whether files that were read once have changed since: certificates, keys, passwords that somebody renews. One
// thread's.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

namespace xtcp2::kafka {

class FileChanges {
 public:
  explicit FileChanges(std::vector<std::string> paths) : paths_(std::move(paths)) { Changed(); }

  // True when one of them is another file, or has other contents by its time and size, than at the last call.
  bool Changed() {
    std::vector<Stamp> now;
    for (const std::string& path : paths_) {
      struct stat info = {};
      if (stat(path.c_str(), &info) != 0) info = {};
      now.push_back({info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec});
    }
    const bool changed = now != stamps_;
    stamps_ = std::move(now);
    return changed;
  }

 private:
  struct Stamp {
    ino_t inode;
    off_t size;
    time_t seconds;
    long nanoseconds;
    bool operator==(const Stamp&) const = default;
  };
  const std::vector<std::string> paths_;
  std::vector<Stamp> stamps_;
};

}  // namespace xtcp2::kafka
