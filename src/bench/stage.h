// Where the bench takes place: PID, mount and network namespaces of its own. Whatever is made there, the kernel takes
// away with them, whichever way the bench ends; what is the host's is neither seen nor touched there.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"

namespace xtcp2::bench {

struct Stage {
  std::string folder;        // in memory, and only there
  std::string netns_folder;  // for namespaces with names
};

// Runs `body` as the first process of the stage and gives its exit code; 128 + n after signal n, which ends everything
// on the stage at once. The stage also ends when the calling process does. Needs root. Once in a process, which must
// have no other thread.
Result<int> RunOnStage(const std::function<int(const Stage&)>& body);

}  // namespace xtcp2::bench
