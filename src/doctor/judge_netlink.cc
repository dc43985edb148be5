// Netlink, its events, io_uring, and what leads to namespaces.
#include <fmt/format.h>

#include "doctor/report.h"

namespace xtcp2::doctor {
namespace {

Check Good(std::string name, std::string found, std::string gives) {
  return {std::move(name), State::kOk, std::move(found), std::move(gives)};
}

Check Lacking(Check check, State state, std::string found, std::string remedy) {
  check.state = state;
  check.found = std::move(found);
  check.remedy = std::move(remedy);
  return check;
}

Check SockDiag(const Facts& facts) {
  Check good = Good("netlink.sock_diag", "the kernel answers a sock_diag dump of TCP sockets",
                    "sockets of the namespaces that can be entered; what BPF's rows are compared with");
  if (!facts.dump) return good;
  return Lacking(good, State::kMissing, facts.dump->Text(),
                 facts.dump->code == ENOENT
                     ? "load the modules inet_diag and tcp_diag, or take a kernel with CONFIG_INET_DIAG"
                     : "allow netlink sockets (seccomp profile, RestrictAddressFamilies=AF_NETLINK of the unit); a "
                       "kernel with CONFIG_INET_DIAG is needed");
}

Check FinalEvents(const Facts& facts) {
  Check good = Good("netlink.final_events", "the kernel tells of TCP sockets that end (destroy groups)",
                    "last counters of connections without BPF");
  if (!facts.groups) return good;
  if (!facts.socket)
    return Lacking(good, State::kUnknown, "whether the kernel tells of sockets that end: see netlink.sock_diag", "");
  return Lacking(good, State::kMissing, facts.groups->Text(),
                 "a kernel with CONFIG_INET_DIAG and the ledger by BPF are the ways");
}

// ENOMEM comes after the kernel has looked at settings and flags (io_uring_create() in io_uring/io_uring.c), and is
// limits.locked_memory's to say.
Check Ring(const Refusal& refused) {
  Check good =
      Good("io_uring.ring", "an io_uring with what xtcp2 needs of it can be had", "-ioUring: fewer system calls");
  if (!refused || refused->code == ENOMEM) return good;
  const size_t colon = refused->what.find(": ");
  if (colon == std::string::npos) return Lacking(good, State::kMissing, refused->Text(), "do without -ioUring");
  return Lacking(good, State::kMissing, refused->what.substr(0, colon), refused->what.substr(colon + 2));
}

Check Proc(const NamespaceFacts& facts) {
  Check good = Good("namespaces.proc", "/proc shows the processes of all users",
                    "namespaces that only a process holds, and their names");
  if (facts.proc) return Lacking(good, State::kMissing, facts.proc->Text(), "mount /proc");
  if (facts.hidepid.empty()) return good;
  return Lacking(good, State::kMissing, fmt::format("/proc is mounted with hidepid={}", facts.hidepid),
                 "CAP_SYS_PTRACE sees all the same; else mount it with hidepid=off, or with gid= a group of xtcp2's");
}

Check PidNamespace(bool initial) {
  Check good =
      Good("namespaces.processes", "this is the host's process namespace", "namespaces of the host's processes");
  if (initial) return good;
  return Lacking(good, State::kMissing, "a process namespace of its own (container): the host's processes are not seen",
                 "share the host's (--pid=host, hostPID: true)");
}

Check Names(const NamespaceFacts& facts) {
  std::string there;
  for (const std::string& folder : facts.folders) there += (there.empty() ? "" : " and ") + folder;
  Check good = Good("namespaces.names", there + " can be read", "namespaces without a process, and their names");
  if (!facts.folders.empty()) return good;
  return Lacking(good, State::kNotWanted, "/run/netns is not there: no namespace has a name, or it is not mounted here",
                 "in a container, mount the host's /run/netns, with propagation");
}

Check Enter(const Refusal& refused) {
  Check good = Good("namespaces.enter", "setns(2) can be called", "netlink dumps of other namespaces");
  if (!refused) return good;
  return Lacking(good, State::kMissing, refused->Text() + ", by a seccomp filter",
                 "allow setns (profile of the container runtime, SystemCallFilter=, RestrictNamespaces= of the unit)");
}

}  // namespace

std::vector<Check> CheckNetlink(const Facts& facts) { return {SockDiag(facts), FinalEvents(facts), Ring(facts.ring)}; }

std::vector<Check> CheckNamespaces(const NamespaceFacts& facts) {
  return {Proc(facts), PidNamespace(facts.initial_pid_namespace), Names(facts), Enter(facts.enter)};
}

}  // namespace xtcp2::doctor
