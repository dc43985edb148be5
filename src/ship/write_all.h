// Writing a message to a stream that may take it in pieces or not at all for a while. Keeps no state: the caller keeps
// how much was written, so that a later attempt can go on where the last one stopped.
#pragma once

#include <sys/uio.h>

#include <functional>
#include <span>

#include "ship/failure.h"
#include "ship/interrupt.h"
#include "ship/payload.h"

namespace xtcp2::ship {

// One attempt to write that does not block: bytes written, or -1 with errno (EAGAIN when there is no room).
using WriteSome = std::function<ssize_t(std::span<const iovec>)>;

struct WriteJob {
  int fd = -1;  // waited on for room
  PeerKind peer = PeerKind::kNetwork;
  int64_t timeout_ms = 0;  // without any progress; 0: waits for ever (until the interrupt)
  const char* what = "";   // for errors: "writing to the peer"
  // A number that moves while the peer takes bytes, asked when the time is over: a socket with a large buffer reports
  // room only when much of it is free, which takes long on a slow link. May be empty.
  std::function<uint64_t()> peer_progress = {};
};

// Writes parts from `*written` on and moves it; returns when all is written.
SendResult WriteAll(const WriteJob& job, const ByteParts& parts, const WriteSome& write, const Interrupt& interrupt,
                    size_t* written);

}  // namespace xtcp2::ship
