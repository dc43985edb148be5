#include "collect/agree.h"

#include <fmt/format.h>

#include <cstring>

#include "schema/read.h"

namespace xtcp2::collect {

namespace {

using schema::Field;
using schema::kFieldCount;
using schema::kFields;
using schema::Part;
using schema::Socket;

constexpr size_t kState = schema::IndexOf("inet_diag_msg_state");
constexpr size_t kCookie = schema::IndexOf("inet_diag_msg_socket_cookie");
constexpr size_t kParts = schema::IndexOf("parts_present");

constexpr uint64_t Bit(Part part) { return uint64_t{1} << schema::Index(part); }

// Attributes that the table has fields of, and the bits of those that one of the two may lack.
constexpr uint64_t kKnownParts = [] {
  uint64_t out = Bit(Part::kMsg) | Bit(Part::kCong) | Bit(Part::kUlp);
  for (const Field& field : kFields)
    if (schema::Index(field.part) < schema::Index(Part::kContext)) out |= Bit(field.part);
  return out;
}();
uint64_t LackedBy(MayLack who) {
  uint64_t out = 0;
  for (size_t i = 0; i < kFieldCount; ++i)
    if (i != kCookie && MayLackOf(i) == who) out |= Bit(kFields[i].part);
  return out;
}

// What netlink gave that the walk must give too, and the other way round, must be the same.
uint64_t PartsToCompare(const Socket& netlink, const Socket& bpf) {
  static const uint64_t walk_may_lack = LackedBy(MayLack::kWalk), netlink_may_lack = LackedBy(MayLack::kNetlink);
  const uint64_t one = netlink.row.parts_present, two = bpf.row.parts_present;
  return kKnownParts & ~(one & ~two & walk_may_lack) & ~(two & ~one & netlink_may_lack);
}

bool Same(size_t index, const Socket& one, const Socket& two) {
  const Field& field = kFields[index];
  if (index == kParts) {
    const uint64_t parts = PartsToCompare(one, two);
    return (one.row.parts_present & parts) == (two.row.parts_present & parts);
  }
  const uint8_t *a = schema::Place(field, one), *b = schema::Place(field, two);
  if (field.load == schema::Load::kName16) return schema::LoadText(field.load, a) == schema::LoadText(field.load, b);
  if (field.load == schema::Load::kBytes16) return std::memcmp(a, b, 16) == 0;
  return schema::LoadNumber(field.load, field.shift, field.bits, a) ==
         schema::LoadNumber(field.load, field.shift, field.bits, b);
}

bool Lacks(size_t index, const Socket& netlink, const Socket& bpf) {
  const MayLack who = MayLackOf(index);
  if (who == MayLack::kNobody) return false;
  if (index == kCookie) return schema::ReadNumber(kFields[index], bpf) == 0;
  const uint64_t bit = Bit(kFields[index].part);
  const bool by_netlink = netlink.row.parts_present & bit, by_walk = bpf.row.parts_present & bit;
  return who == MayLack::kWalk ? by_netlink && !by_walk : by_walk && !by_netlink;
}

// Modulo the field's width, as the kernel counts.
bool Between(size_t index, const Socket& from, const Socket& at, const Socket& to) {
  const Field& field = kFields[index];
  const unsigned bits = field.load == schema::Load::kBits ? field.bits : 8u * schema::LoadSize(field.load);
  const uint64_t mask = bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
  const uint64_t begin = schema::ReadNumber(field, from);
  return ((schema::ReadNumber(field, at) - begin) & mask) <= ((schema::ReadNumber(field, to) - begin) & mask);
}

bool IsClock(Rule rule) { return rule == Rule::kRises || rule == Rule::kFalls; }

bool Quiet(const Socket& before, const Socket& after) {
  for (size_t i = 0; i < kFieldCount; ++i)
    if (RuleOf(i) != Rule::kNotOfSocket && !IsClock(RuleOf(i)) && !Same(i, before, after)) return false;
  return true;
}

// Whether a field that differs from what netlink saw first is a mistake, on a socket that stayed in its state.
bool IsWrong(size_t i, const Socket& before, const Socket& bpf, const Socket& after, bool quiet) {
  switch (RuleOf(i)) {
    case Rule::kIdentity:
    case Rule::kEqual:
      return !Same(i, after, bpf);
    case Rule::kTraffic:
      return quiet;
    case Rule::kCounts:
      return quiet || !Between(i, before, bpf, after);
    case Rule::kRises:
      return quiet && !Between(i, before, bpf, after);
    case Rule::kFalls:
      return quiet && !Between(i, after, bpf, before);
    case Rule::kNotOfSocket:
      return false;
  }
  return false;
}

std::string Text(size_t index, const Socket& socket) {
  const Field& field = kFields[index];
  const std::string_view text = schema::ReadText(field, socket);
  if (field.load == schema::Load::kName16) return fmt::format("'{}'", text);
  if (field.load != schema::Load::kBytes16) return fmt::format("{}", schema::ReadNumber(field, socket));
  std::string out;
  for (const char c : text) out += fmt::format("{:02x}", static_cast<uint8_t>(c));
  return out;
}

}  // namespace

Agreement Compare(const Socket& netlink, const Socket& bpf) {
  Agreement out;
  const bool same_state = Same(kState, netlink, bpf);
  for (size_t i = 0; i < kFieldCount; ++i) {
    const Rule rule = RuleOf(i);
    if (rule == Rule::kNotOfSocket) continue;
    if (Lacks(i, netlink, bpf)) {
      out.not_given.set(i);
    } else if (!Same(i, netlink, bpf)) {
      (rule == Rule::kIdentity || (rule == Rule::kEqual && same_state) ? out.unequal : out.moved).set(i);
    }
  }
  return out;
}

Agreement CompareBetween(const Socket& before, const Socket& bpf, const Socket& after) {
  Agreement out;
  out.quiet = Quiet(before, after);
  const bool same_state = Same(kState, before, bpf) && Same(kState, before, after);
  const bool judged = same_state || out.quiet;
  for (size_t i = 0; i < kFieldCount; ++i) {
    const Rule rule = RuleOf(i);
    if (rule == Rule::kNotOfSocket) continue;
    if (Lacks(i, before, bpf)) {
      out.not_given.set(i);
    } else if (!Same(i, before, bpf)) {
      const bool wrong = (judged || rule == Rule::kIdentity) && IsWrong(i, before, bpf, after, out.quiet);
      (wrong ? out.unequal : out.moved).set(i);
    }
  }
  return out;
}

std::string Describe(const FieldSet& fields, const Socket& netlink, const Socket& bpf) {
  std::string out;
  for (size_t i = 0; i < kFieldCount; ++i) {
    if (!fields[i]) continue;
    out += fmt::format("{}{} {} (netlink) {} (bpf)", out.empty() ? "" : ", ", kFields[i].name, Text(i, netlink),
                       Text(i, bpf));
  }
  return out;
}

}  // namespace xtcp2::collect
