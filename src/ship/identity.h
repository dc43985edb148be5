// What a message is called, so that the other side can tell a copy: the same rows have the same name in every attempt,
// also after a restart when they waited in the spool.
#pragma once

#include <fmt/format.h>

#include <string>

#include "encode/batch.h"

namespace xtcp2::ship {

// "<host>-<start of the shipper>-<batch>-<first row>": letters, digits, '-' and what host names have; times and numbers
// in hexadecimal. `first_row` is where the message begins in its batch: a retry may cut a batch elsewhere, and then the
// messages are others.
inline std::string MessageId(const std::string& host, const encode::Batch& batch, size_t first_row) {
  return fmt::format("{}-{:x}-{:x}-{:x}", host, batch.origin_ns, batch.sequence, first_row);
}

}  // namespace xtcp2::ship
