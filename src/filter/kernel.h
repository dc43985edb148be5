// What the bytecode of the running kernel can say to us: asked of the kernel, since neither its release nor our
// capabilities tell (backports, user namespaces).
#pragma once

#include "base/result.h"
#include "filter/filter.h"
#include "netlink/channel.h"

namespace xtcp2::filter {

// Three dumps of no state, which the kernel answers at once without a look at a socket. An Error where the channel
// gives no answer.
Result<KernelOperations> AskKernel(netlink::Channel& channel);

// Whether the kernel takes this bytecode: 0, or the errno it answers with. By a dump of no state.
Result<int> Audit(netlink::Channel& channel, Bytes bytecode, uint32_t seq);

}  // namespace xtcp2::filter
