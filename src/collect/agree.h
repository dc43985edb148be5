// One socket seen twice at about the same time, by netlink (decode::Locate) and by the walk in BPF
// (decode::LocateRow): which fields of the record disagree, and whether they may. What may differ, and why, is written
// once, in agree.cc; tests, the self-check and the running audit all ask here. No state, any thread.
#pragma once

#include <bitset>
#include <span>
#include <string>
#include <string_view>

#include "schema/table.h"

namespace xtcp2::collect {

using FieldSet = std::bitset<schema::kFieldCount>;  // by index into schema::kFields

// What a field does while nobody touches the socket.
enum class Rule : uint8_t {
  kIdentity,     // never changes, not even with the state
  kEqual,        // stays until the socket's owner changes it
  kTraffic,      // packets and timers change it
  kCounts,       // packets and timers make it greater (modulo its width)
  kRises,        // a clock that goes on by itself
  kFalls,        // a clock that counts down
  kNotOfSocket,  // a fact of the daemon, the ledger or nobody: not compared
};

// Who may have nothing to say where the other has.
enum class MayLack : uint8_t { kNobody, kWalk, kNetlink };

// A field, or all that begin with what stands before a '*', that need not simply be equal.
struct Exception {
  std::string_view fields;
  Rule rule;
  MayLack may_lack;
  std::string_view reason;
};
std::span<const Exception> Exceptions();
// `field`: index into schema::kFields. Fields without an exception: kEqual.
Rule RuleOf(size_t field);
MayLack MayLackOf(size_t field);

struct Agreement {
  FieldSet unequal;    // must be the same and are not
  FieldSet moved;      // differ, and may: time went by, or packets came
  FieldSet not_given;  // one of the two says nothing, and may
  bool quiet = false;  // CompareBetween: netlink saw nothing but clocks change
};

// Of two looks. Nobody knows what happened between them, so only identity and what the owner sets can be `unequal`; an
// owner at work makes such a difference too, so look again before calling it a mistake. Where the state differs only
// identity counts.
Agreement Compare(const schema::Socket& netlink, const schema::Socket& bpf);

// Of a look by the walk between two by netlink. Where the two saw the same, so must the walk: `unequal` is a mistake.
// Clocks and counters must lie between the two.
Agreement CompareBetween(const schema::Socket& before, const schema::Socket& bpf, const schema::Socket& after);

// "tcp_info_rtt 12 (netlink) 13 (bpf), ..." for a log.
std::string Describe(const FieldSet& fields, const schema::Socket& netlink, const schema::Socket& bpf);

}  // namespace xtcp2::collect
