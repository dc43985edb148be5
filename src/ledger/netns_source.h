// What the ledger asks of whoever knows the host's network namespaces; the daemon answers (app/ledger_netns.h), tests
// play it. Used by the ledger's thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/snmp.h"

namespace xtcp2::ledger {

struct SeenNetns {
  uint32_t inode = 0;
  std::string name;
  bool wanted = true;  // -netns, -netnsInclude, -netnsExclude
};

// What was found inside of one.
struct OpenNetns {
  NetnsSnmp snmp;
  uint64_t cookie = 0;      // SO_NETNS_COOKIE
  int64_t shown_since = 0;  // wall time, ns, at which its file came to be: it is as old as that, or older
};

class NetnsSource {
 public:
  virtual ~NetnsSource() = default;

  struct Look {
    std::vector<SeenNetns> entries;
    bool complete = true;  // false: some may be missing, so none may be taken as gone
  };
  // Looks for namespaces anew; keeps none of them alive.
  virtual Look Scan() = 0;
  // Whether what showed it at the last Scan still does: a cheap look, to let go of it soon.
  virtual bool StillShown(uint32_t inode) = 0;
  // How one is called and whether it is wanted that no scan shows.
  virtual SeenNetns Unseen(uint32_t inode) = 0;
  // Runs `open` inside of a namespace of the last Scan and comes back. Its error, or that of Open.
  virtual Result<> Visit(uint32_t inode, const std::function<Result<>()>& open) = 0;
  // Opens what is read of a namespace of the last Scan. An error: gone, or may not be entered.
  virtual Result<OpenNetns> Open(uint32_t inode) = 0;
};

}  // namespace xtcp2::ledger
