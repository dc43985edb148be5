// One walk over the messages of a dump's datagram: answers that belong to the dump go to a callback, everything else is
// judged and counted. Shared by live dumps, captures and (later) other sources; inlined into each.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "netlink/message.h"

namespace xtcp2::collect {

// Which messages belong to the dump. A capture takes every one.
struct DumpExpectation {
  bool any = false;
  uint32_t seq = 0;
  uint32_t port_id = 0;
};

// What a datagram held besides rows.
struct DatagramOutcome {
  uint32_t answers = 0;      // inet_diag messages of this dump
  uint32_t foreign = 0;      // wrong sequence number or port id: skipped
  uint32_t unknown = 0;      // message types that are no part of a dump
  bool done = false;         // NLMSG_DONE came
  bool refused = false;      // NLMSG_ERROR came; `code` is its errno
  bool interrupted = false;  // NLM_F_DUMP_INTR stood on a message
  bool overrun = false;      // NLMSG_OVERRUN
  bool damaged = false;      // lengths that do not add up: the rest of the datagram is lost
  int code = 0;              // errno of the refusal, or of the status inside DONE; 0 is good
};

// The (positive) errno that starts the payload of NLMSG_ERROR and NLMSG_DONE; 0 where there is none. The kernel gives
// it negated (netlink_dump_done(), netlink_ack()).
inline int PayloadErrno(Bytes payload) {
  if (payload.size() < 4) return 0;
  const int32_t status = Load<int32_t>(payload.data());
  return status < 0 && status > -4096 ? -status : status;
}

template <class OnAnswer>
DatagramOutcome WalkDatagram(Bytes datagram, const DumpExpectation& expect, OnAnswer&& on_answer) {
  DatagramOutcome outcome;
  netlink::MessageWalk walk(datagram);
  netlink::Message message;
  while (walk.Next(message)) {
    if (!expect.any && (message.seq != expect.seq || message.port_id != expect.port_id)) {
      ++outcome.foreign;
      continue;
    }
    if (message.flags & netlink::kFlagDumpInterrupted) outcome.interrupted = true;
    switch (message.type) {
      case netlink::kTypeSockDiag:
      case netlink::kTypeTcpDiag:
        if (expect.any && (message.flags & netlink::kFlagRequest)) break;  // a captured request, not an answer
        ++outcome.answers;
        on_answer(message.payload);
        break;
      case netlink::kTypeDone:
        outcome.done = true;
        if (const int code = PayloadErrno(message.payload)) outcome.code = code;
        break;
      case netlink::kTypeError:
        // An error of 0 is an acknowledgement, which nobody asked for and which ends nothing.
        if (const int code = PayloadErrno(message.payload)) outcome.refused = true, outcome.code = code;
        break;
      case netlink::kTypeOverrun:
        outcome.overrun = true;
        break;
      case netlink::kTypeNoop:
        break;
      default:
        ++outcome.unknown;
    }
  }
  outcome.damaged = walk.damaged();
  return outcome;
}

}  // namespace xtcp2::collect
