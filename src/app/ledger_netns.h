// The host's namespaces for the ledger: found by the daemon's scan, entered through its door. To be made on the thread
// that uses it.
#pragma once

#include <map>
#include <memory>

#include "daemon/netns_door.h"
#include "daemon/netns_scan.h"
#include "filter/netns_pattern.h"
#include "ledger/netns_source.h"

namespace xtcp2::app {

class LedgerNetns final : public ledger::NetnsSource {
 public:
  static Result<std::unique_ptr<NetnsSource>> Make(const daemon::NetnsScanOptions& options,
                                                   const filter::NetnsSelection& selection);

  Look Scan() override;
  bool StillShown(uint32_t inode) override;
  ledger::SeenNetns Unseen(uint32_t inode) override;
  Result<> Visit(uint32_t inode, const std::function<Result<>()>& open) override;
  Result<ledger::OpenNetns> Open(uint32_t inode) override;

 private:
  LedgerNetns(const daemon::NetnsScanOptions& options, const filter::NetnsSelection& selection, netlink::NetnsId own,
              daemon::NetnsDoor door);

  const daemon::NetnsScanner scanner_;
  const filter::NetnsSelection selection_;
  const bool own_only_;
  const daemon::NetnsDoor door_;
  std::map<uint64_t, daemon::NetnsEntry> entries_;  // of the last scan, by inode
};

}  // namespace xtcp2::app
