#include "daemon/netns_scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <sstream>

#include <fmt/format.h>

namespace xtcp2::daemon {
namespace {

using netlink::NetnsId;

// Calls `visit` for each name in a folder but "." and ".."; false when the folder cannot be read.
bool ForEachName(int dir_fd, const std::function<void(const char*)>& visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(fdopendir(dir_fd), closedir);
  if (!dir) {
    ::close(dir_fd);
    return false;
  }
  while (const dirent* entry = readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") visit(entry->d_name);
  }
  return true;
}

bool IsNumber(const char* name) { return *name >= '1' && *name <= '9'; }

// The inode in "net:[4026531840]"; 0 where the text is something else.
uint64_t InodeIn(std::string_view link) {
  if (!link.starts_with("net:[")) return 0;
  uint64_t inode = 0;
  std::from_chars(link.data() + 5, link.data() + link.size(), inode);
  return inode;
}

class Collector {
 public:
  Collector(const NetnsScanOptions& options, NetnsId own) : options_(options), own_(own) {
    entries_[own.inode] = {own, "default", {}, true};
  }

  void ScanMounts() {
    for (const std::string& folder : options_.mount_folders) {
      const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (fd < 0) continue;  // not there (yet): looked for again at the next scan
      ForEachName(fd, [&](const char* name) { AddMount(fd, folder, name); });
    }
  }

  void ScanProcesses() {
    const int fd = open(options_.proc_root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
      scan_.error = Error{"reading " + options_.proc_root, errno};
      return;
    }
    ForEachName(fd, [&](const char* name) {
      if (IsNumber(name)) AddProcess(fd, name);
    });
  }

  NetnsScan Finish() {
    for (auto& [inode, entry] : entries_) {
      if (entry.name.empty()) entry.name = FallbackName(entry);
      scan_.entries.push_back(std::move(entry));
    }
    std::stable_partition(scan_.entries.begin(), scan_.entries.end(), [](const NetnsEntry& e) { return e.own; });
    return std::move(scan_);
  }

 private:
  void AddMount(int folder_fd, const std::string& folder, const char* name) {
    struct stat about;
    if (fstatat(folder_fd, name, &about, 0) != 0) return;
    if (S_ISDIR(about.st_mode)) return;
    if (about.st_dev != own_.device) {  // every namespace file is on the one nsfs
      ++scan_.not_namespaces;
      return;
    }
    NetnsEntry& entry = Entry(about.st_ino);
    std::string path = folder + "/" + name;
    if (!entry.own) entry.paths.push_back(path);
    if (!entry.name.empty()) return;
    entry.name = name;
    entry.name_path = std::move(path);
  }

  void AddProcess(int proc_fd, const char* pid) {
    AddLink(proc_fd, pid, pid);
    // Threads may have left for other namespaces. The folder of a process with one thread need not be opened.
    char path[64];
    std::snprintf(path, sizeof path, "%.20s/task", pid);
    struct stat about;
    if (fstatat(proc_fd, path, &about, 0) != 0 || about.st_nlink <= kLinksOfOneThread) return;
    const int fd = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    const std::string prefix = fmt::format("{}/task/", pid);
    ForEachName(fd, [&](const char* tid) {
      if (std::string_view(tid) != pid) AddLink(proc_fd, (prefix + tid).c_str(), pid);
    });
  }

  void AddLink(int proc_fd, const char* task, const char* pid) {
    char path[96], link[64];
    std::snprintf(path, sizeof path, "%.60s/ns/net", task);
    const ssize_t size = readlinkat(proc_fd, path, link, sizeof link);
    if (size < 0) {
      if (errno == EACCES || errno == EPERM) ++scan_.unreadable;
      return;  // ENOENT, ESRCH: it ended meanwhile
    }
    const uint64_t inode = InodeIn({link, static_cast<size_t>(size)});
    if (inode == 0) return;
    NetnsEntry& entry = Entry(inode);
    if (entry.own) return;
    if (pids_.try_emplace(inode, pid).second || entry.paths.size() < kMaxPaths)
      entry.paths.push_back(options_.proc_root + "/" + path);
  }

  NetnsEntry& Entry(uint64_t inode) {
    NetnsEntry& entry = entries_[inode];
    if (entry.id.inode == 0) entry.id = {own_.device, inode};
    return entry;
  }

  // The container of a process that is in it, else the kernel's own way to write it.
  std::string FallbackName(const NetnsEntry& entry) {
    if (const auto it = pids_.find(entry.id.inode); it != pids_.end()) {
      std::ifstream file(options_.proc_root + "/" + it->second + "/cgroup");
      std::stringstream text;
      text << file.rdbuf();
      if (std::string id = ContainerIdIn(text.str()); !id.empty()) return id;
    }
    return UnnamedNetns(entry.id.inode);
  }

  // proc_task_getattr() (fs/proc/base.c): the folder's own links and one for each thread.
  static constexpr nlink_t kLinksOfOneThread = 3;
  static constexpr size_t kMaxPaths = 4;  // ways to enter that are kept: one may be gone when it is used

  const NetnsScanOptions& options_;
  NetnsId own_;
  NetnsScan scan_;
  std::map<uint64_t, NetnsEntry> entries_;
  std::map<uint64_t, std::string> pids_;
};

}  // namespace

std::string UnnamedNetns(uint64_t inode) { return fmt::format("netns:[{}]", inode); }

std::string ContainerIdIn(const std::string& cgroup_text) {
  size_t run = 0;
  for (size_t i = 0; i < cgroup_text.size(); ++i) {
    const char c = cgroup_text[i];
    run = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ? run + 1 : 0;
    if (run == 64) return cgroup_text.substr(i - 63, 64);
  }
  return {};
}

NetnsScanner::NetnsScanner(NetnsScanOptions options, NetnsId own) : options_(std::move(options)), own_(own) {}

NetnsScan NetnsScanner::Scan() const {
  Collector collector(options_, own_);
  if (!options_.own_only) {
    collector.ScanMounts();
    collector.ScanProcesses();
  }
  return collector.Finish();
}

}  // namespace xtcp2::daemon
