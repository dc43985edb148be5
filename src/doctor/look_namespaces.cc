// What leads to network namespaces: /proc, names in folders, setns(2).
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>

#include "daemon/netns_scan.h"
#include "doctor/facts.h"

namespace xtcp2::doctor {
namespace {

constexpr ino_t kInitialPidNamespace = 0xEFFFFFFC;  // PROC_PID_INIT_INO

// The value of hidepid= of the mount at `proc`, as /proc/self/mountinfo gives it; empty: nothing is hidden.
std::string HidePid(const std::string& proc) {
  std::ifstream file(proc + "/self/mountinfo");
  std::string value;
  for (std::string line; std::getline(file, line);) {
    if (line.find(" - proc ") == std::string::npos || line.find(" /proc ") == std::string::npos) continue;
    const size_t at = line.rfind("hidepid=");  // the last mount hides those before
    value = at == std::string::npos ? "" : line.substr(at + 8, line.find_first_of(", ", at) - at - 8);
  }
  return value == "0" || value == "off" ? "" : value;
}

// A descriptor that is none: the kernel says EBADF before it asks for any capability (setns() in kernel/nsproxy.c).
Refusal TryEnter() {
  const int code = bpf::TrySystemCall(SYS_setns, -1, CLONE_NEWNET);
  if (code == EBADF) return {};
  return Error{"setns(2)", code == bpf::kKilled ? EPERM : code};
}

Result<daemon::NetnsScan> Scan(const Places& places) {
  const auto own = netlink::OpenNetns(places.proc + "/self/ns/net");
  if (!own) return tl::unexpected(own.error());
  const auto id = netlink::IdentifyNetns(own->get());
  if (!id) return tl::unexpected(id.error());
  return daemon::NetnsScanner({.proc_root = places.proc, .mount_folders = places.mounts}, *id).Scan();
}

}  // namespace

NamespaceFacts LookAtNamespaces(const Places& places) {
  NamespaceFacts facts;
  struct stat about;
  if (::stat((places.proc + "/self/ns/pid").c_str(), &about) == 0)
    facts.initial_pid_namespace = about.st_ino == kInitialPidNamespace;
  facts.hidepid = HidePid(places.proc);
  for (const std::string& folder : places.mounts)
    if (::access(folder.c_str(), R_OK | X_OK) == 0) facts.folders.push_back(folder);
  facts.enter = TryEnter();
  const auto scan = Scan(places);
  if (!scan) {
    facts.proc = scan.error();
    return facts;
  }
  facts.proc = scan->error;
  facts.found = scan->entries.size();
  facts.unreadable = scan->unreadable;
  return facts;
}

}  // namespace xtcp2::doctor
