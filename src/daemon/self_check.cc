#include "daemon/self_check.h"

#include <fmt/format.h>

#include <cstring>
#include <map>

#include "base/clock.h"
#include "bpf/prerequisites.h"
#include "daemon/own_sockets.h"
#include "daemon/second_look.h"
#include "netlink/netns.h"
#include "schema/read.h"

namespace xtcp2::daemon {
namespace {

constexpr int64_t kWalkTime = 400 * kNsPerMs, kAnswerTimeoutMs = 1000;

// Who a socket is, to be found by.
using Key = std::array<uint8_t, 37>;
Key KeyOf(uint8_t family, const abi::InetDiagSockId& id) {
  Key key;
  key[0] = family;
  std::memcpy(key.data() + 1, &id, key.size() - 1);  // ports and addresses
  return key;
}
static_assert(offsetof(abi::InetDiagSockId, interface) == 36);

class SelfCheck {
 public:
  SelfCheck(bpf::WalkProgram& program, const bpf::WalkOptions& options, netlink::DiagSocket& diag, uint64_t inode)
      : program_(program), options_(options), diag_(diag), inode_(inode), look_(program, 0) {}

  Result<SelfChecked> Run();

 private:
  Result<> FindRows();
  Result<> ReadTable(const bpf::Table& table);
  Result<> CompareAll();
  Result<> Compare(const OwnSockets::Who& who);
  // It has no row: a mistake, if netlink knows it in a state that was asked for.
  Result<> Missing(const OwnSockets::Who& who);
  bool Wanted(const OwnSockets::Who& who) const;
  bool InTime() const { return MonotonicNs() - begun_ns_ < kWalkTime; }

  bpf::WalkProgram& program_;
  const bpf::WalkOptions& options_;
  netlink::DiagSocket& diag_;
  const uint64_t inode_;
  const OwnSockets sockets_;
  const int64_t begun_ns_ = MonotonicNs();
  SecondLook look_;
  collect::ExactLook exact_;
  std::map<Key, std::optional<WalkPick>> rows_;
  size_t found_ = 0;
  bool whole_ = true;
  SelfChecked checked_;
  collect::FieldSet wrong_;
  std::string example_;
};

bool SelfCheck::Wanted(const OwnSockets::Who& who) const {
  return who.family == AF_INET ? options_.ipv4 : options_.ipv6;
}

Result<> SelfCheck::ReadTable(const bpf::Table& table) {
  for (uint32_t bucket = 0; bucket < table.buckets && found_ < rows_.size();) {
    whole_ = whole_ && InTime();
    if (!whole_) return {};
    const Result<bpf::Block> block = program_.Next(0, table, bucket, table.buckets);
    if (!block) return tl::unexpected(block.error());
    for (const xtcp2_bpf_row& row : block->rows) {
      if (row.netns_inode != inode_) continue;
      const auto found = rows_.find(KeyOf(row.msg[0], SockIdOf(row)));
      if (found == rows_.end() || found->second) continue;
      found->second = WalkPick{row, {table, bucket, block->next_bucket}};
      ++found_;
    }
    whole_ = whole_ && block->truncated == 0;
    bucket = block->next_bucket;
  }
  return {};
}

Result<> SelfCheck::FindRows() {
  const Result<bpf::TableList> list = program_.Tables(0);
  if (!list) return tl::unexpected(list.error());
  for (const bpf::Table& table : list->tables)
    if (Result<> read = ReadTable(table); !read) return read;
  whole_ = whole_ && !list->truncated;
  return {};
}

Result<> SelfCheck::Missing(const OwnSockets::Who& who) {
  if (!whole_) return {};
  const Result<> asked = exact_.Ask(diag_, who.family, who.id);
  if (!asked) return {};  // it is gone, or cannot be had here
  const uint8_t state = exact_.socket()[schema::Part::kMsg][1];
  if ((options_.states >> state & 1) == 0) return {};
  return Fail(
      fmt::format("a socket of our own ({}, state {}, family {}) is not among the rows", who.kind, state, who.family),
      bpf::kLayoutDiffers);
}

Result<> SelfCheck::Compare(const OwnSockets::Who& who) {
  const auto& row = rows_.at(KeyOf(who.family, who.id));
  if (!row) return Missing(who);
  const Result<Verdict> verdict = look_.JudgeClosely(*row, diag_);
  if (!verdict) return tl::unexpected(verdict.error());
  if (verdict->kind == Verdict::Kind::kGone) return {};
  ++checked_.sockets;
  checked_.states.set(row->row.msg[1] & 15);
  checked_.families.set(who.family == AF_INET6);
  wrong_ |= verdict->fields;
  if (example_.empty()) example_ = verdict->text;
  return {};
}

Result<> SelfCheck::CompareAll() {
  for (const OwnSockets::Who& who : sockets_.all())
    if (Wanted(who))
      if (Result<> compared = Compare(who); !compared) return compared;
  if (wrong_.none()) return {};
  std::string fields;
  for (size_t i = 0; i < wrong_.size(); ++i)
    if (wrong_[i]) fields += fmt::format("{}{}", fields.empty() ? "" : ", ", schema::kFields[i].name);
  return Fail(fmt::format("{}; for example {}", fields, example_), bpf::kLayoutDiffers);
}

Result<SelfChecked> SelfCheck::Run() {
  for (const OwnSockets::Who& who : sockets_.all())
    if (Wanted(who)) rows_.emplace(KeyOf(who.family, who.id), std::nullopt);
  if (Result<> found = FindRows(); !found) return tl::unexpected(found.error());
  if (Result<> compared = CompareAll(); !compared) return tl::unexpected(compared.error());
  return checked_;
}

}  // namespace

Result<SelfChecked> CheckWalk(bpf::WalkProgram& program, const bpf::WalkOptions& options) {
  Result<netlink::DiagSocket> diag = netlink::DiagSocket::Open(kAnswerTimeoutMs);
  if (!diag) return SelfChecked{};
  const Result<netlink::NetnsHome> home = netlink::NetnsHome::Here();
  if (!home) return tl::unexpected(home.error());
  return SelfCheck(program, options, *diag, home->id().inode).Run();
}

}  // namespace xtcp2::daemon
