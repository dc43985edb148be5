#include "daemon/second_look.h"

#include <chrono>
#include <cstring>
#include <thread>

#include "decode/bpf_row.h"

namespace xtcp2::daemon {
namespace {

using collect::Agreement;
using collect::FieldSet;
using collect::Rule;

// So often must a difference be seen before it is called a mistake: an owner who changes an option all the time meets
// one look by chance, never eight in a row.
constexpr int kTimesWrong = 8, kLongestPauseUs = 200;
constexpr int kPatience = 2;
constexpr int kMostCalls = 8;  // of the walk, for the buckets of one block

// Times go on by themselves: a difference says nothing.
FieldSet WithoutClocks(FieldSet fields) {
  for (size_t i = 0; i < fields.size(); ++i)
    if (collect::RuleOf(i) == Rule::kRises || collect::RuleOf(i) == Rule::kFalls) fields.reset(i);
  return fields;
}

}  // namespace

abi::InetDiagSockId SockIdOf(const xtcp2_bpf_row& row) {
  abi::InetDiagSockId id;
  std::memcpy(&id, row.msg + offsetof(abi::InetDiagMsg, id), sizeof id);
  return id;
}

bool SameSocket(const xtcp2_bpf_row& one, const xtcp2_bpf_row& two) {
  const abi::InetDiagSockId a = SockIdOf(one), b = SockIdOf(two);
  const uint64_t cookie = Load<uint64_t>(a.cookie);
  return one.sk == two.sk && one.netns_inode == two.netns_inode && a.sport == b.sport && a.dport == b.dport &&
         std::memcmp(a.src, b.src, sizeof a.src) == 0 && std::memcmp(a.dst, b.dst, sizeof a.dst) == 0 &&
         (cookie == 0 || cookie == Load<uint64_t>(b.cookie));
}

const schema::Socket& SecondLook::Located(const xtcp2_bpf_row& row) {
  copy_.row = row;
  decode::LocateRow(copy_.row, {}, walked_);
  return walked_;
}

Result<bool> SecondLook::Ask(collect::ExactLook& look, const WalkPick& pick, netlink::Channel& channel) {
  const Result<> asked = look.Ask(channel, pick.row.msg[0], SockIdOf(pick.row));
  if (asked) return true;
  if (collect::ExactLook::IsGone(asked.error())) return false;
  return tl::unexpected(asked.error());
}

// The rows of its buckets again; more sockets may have come before it there.
Result<bool> SecondLook::ReadAgain(const WalkPick& pick) {
  uint32_t bucket = pick.place.first;
  for (int call = 0; call < kMostCalls && bucket < pick.place.end; ++call) {
    const Result<bpf::Block> block = program_.Next(walker_, pick.place.table, bucket, pick.place.end);
    if (!block) return tl::unexpected(block.error());
    for (const xtcp2_bpf_row& row : block->rows) {
      if (!SameSocket(pick.row, row)) continue;
      Located(row);
      return true;
    }
    bucket = block->next_bucket;
  }
  return false;
}

void SecondLook::Pause() {
  std::this_thread::sleep_for(
      std::chrono::microseconds(std::uniform_int_distribution<int>(0, kLongestPauseUs)(random_)));
}

Result<bool> SecondLook::LookAgain(const WalkPick& pick, netlink::Channel& channel, bool doubt) {
  if (doubt) Pause();
  if (Result<bool> asked = Ask(before_, pick, channel); !asked || !*asked) return asked;
  if (doubt) Pause();
  if (Result<bool> read = ReadAgain(pick); !read || !*read) return read;
  if (doubt) Pause();
  return Ask(after_, pick, channel);
}

Result<Verdict> SecondLook::Judge(const WalkPick& pick, netlink::Channel& channel) {
  const Result<bool> asked = Ask(first_, pick, channel);
  if (!asked) return tl::unexpected(asked.error());
  if (!*asked) return Verdict{Verdict::Kind::kGone};
  const Agreement found = collect::Compare(first_.socket(), Located(pick.row));
  if (found.unequal.none() && WithoutClocks(found.moved).none()) return Verdict{};
  return JudgeBetween(pick, channel, kPatience);
}

void SecondLook::Weigh(FieldSet& doubted, int& wrong) const {
  const Agreement found = collect::CompareBetween(before_.socket(), walked_, after_.socket());
  if (found.unequal.none() && !found.quiet) return;
  doubted &= found.unequal;
  // What netlink itself saw change is being changed.
  doubted &= ~collect::Compare(first_.socket(), after_.socket()).unequal;
  wrong += doubted.any();
}

Result<Verdict> SecondLook::JudgeBetween(const WalkPick& pick, netlink::Channel& channel, int patience) {
  const Result<bool> asked = Ask(first_, pick, channel);
  if (!asked) return tl::unexpected(asked.error());
  if (!*asked) return Verdict{Verdict::Kind::kGone};
  FieldSet doubted;
  doubted.set();
  int wrong = 0;
  for (int look = 0; look < (wrong == 0 ? patience : kMostLooks) && doubted.any(); ++look) {
    const Result<bool> there = LookAgain(pick, channel, wrong != 0);
    if (!there) return tl::unexpected(there.error());
    if (!*there) return Verdict{Verdict::Kind::kGone};
    Weigh(doubted, wrong);
    if (wrong < kTimesWrong) continue;
    return Verdict{Verdict::Kind::kDisagreed, doubted, collect::Describe(doubted, before_.socket(), walked_)};
  }
  return Verdict{};
}

}  // namespace xtcp2::daemon
