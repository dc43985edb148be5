// Making connected sockets: non-blocking, close-on-exec, within a deadline. Addresses are tried in order, each with its
// share of the time that is left.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "ship/failure.h"
#include "ship/interrupt.h"
#include "ship/options.h"

namespace xtcp2::ship {

// A unix socket address; "@name" is an abstract one. The path must fit (ParseDest checks).
Address UnixAddress(const std::string& path);

// A socket of `type` connected to the first address that answers. `name` is for messages.
tl::expected<Fd, Failure> ConnectAny(const std::vector<Address>& addresses, int type, const std::string& name,
                                     int64_t deadline_ns, const Interrupt& interrupt);

}  // namespace xtcp2::ship
