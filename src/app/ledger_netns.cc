#include "app/ledger_netns.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/clock.h"

namespace xtcp2::app {
namespace {

constexpr int kNetnsCookie = 71;  // SO_NETNS_COOKIE (5.14)

// Of the namespace that the thread is in; 0 where the kernel has none.
uint64_t CookieHere() {
  const Fd any(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  return any.ok() && getsockopt(any.get(), SOL_SOCKET, kNetnsCookie, &cookie, &size) == 0 ? cookie : 0;
}

// Everything that the ledger wants of the namespace that the thread is in.
Result<ledger::OpenNetns> OpenHere() {
  Result<ledger::NetnsSnmp> snmp = ledger::NetnsSnmp::OpenHere();
  if (!snmp) return tl::unexpected(snmp.error());
  struct stat about{};
  if (stat("/proc/thread-self/ns/net", &about) != 0) return FailErrno("looking at the namespace's file");
  return ledger::OpenNetns{std::move(*snmp), CookieHere(), about.st_ctim.tv_sec * kNsPerSecond + about.st_ctim.tv_nsec};
}

}  // namespace

LedgerNetns::LedgerNetns(const daemon::NetnsScanOptions& options, const filter::NetnsSelection& selection,
                         netlink::NetnsId own, daemon::NetnsDoor door)
    : scanner_(options, own), selection_(selection), own_only_(options.own_only), door_(std::move(door)) {}

Result<std::unique_ptr<ledger::NetnsSource>> LedgerNetns::Make(const daemon::NetnsScanOptions& options,
                                                               const filter::NetnsSelection& selection) {
  const auto home = netlink::NetnsHome::Here();
  if (!home) return tl::unexpected(home.error());
  Result<daemon::NetnsDoor> door = daemon::NetnsDoor::Here();
  if (!door) return tl::unexpected(door.error());
  return std::unique_ptr<NetnsSource>(new LedgerNetns(options, selection, home->id(), std::move(*door)));
}

LedgerNetns::Look LedgerNetns::Scan() {
  daemon::NetnsScan scan = scanner_.Scan();
  Look look;
  look.complete = !scan.error;
  entries_.clear();
  for (daemon::NetnsEntry& entry : scan.entries) {
    look.entries.push_back(
        {static_cast<uint32_t>(entry.id.inode), entry.name, selection_.Selected(entry.name, entry.id.inode)});
    entries_[entry.id.inode] = std::move(entry);
  }
  return look;
}

bool LedgerNetns::StillShown(uint32_t inode) {
  const auto at = entries_.find(inode);
  if (at == entries_.end()) return false;
  return at->second.own || std::ranges::any_of(at->second.paths, [&](const std::string& path) {
           struct stat about{};
           return stat(path.c_str(), &about) == 0 && netlink::NetnsId{about.st_dev, about.st_ino} == at->second.id;
         });
}

ledger::SeenNetns LedgerNetns::Unseen(uint32_t inode) {
  const std::string name = daemon::UnnamedNetns(inode);
  return {inode, name, !own_only_ && selection_.Selected(name, inode)};
}

Result<> LedgerNetns::Visit(uint32_t inode, const std::function<Result<>()>& open) {
  const auto at = entries_.find(inode);
  if (at == entries_.end()) return Fail("no scan shows it", ENOENT);
  return door_.Visit(at->second, open);
}

Result<ledger::OpenNetns> LedgerNetns::Open(uint32_t inode) {
  Result<ledger::OpenNetns> opened = Fail("");
  const Result<> visited = Visit(inode, [&]() -> Result<> {
    opened = OpenHere();
    return opened ? Result<>() : tl::unexpected(opened.error());
  });
  if (!visited) return tl::unexpected(visited.error());
  return opened;
}

}  // namespace xtcp2::app
