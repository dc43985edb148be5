#include "daemon/walk_audit.h"

#include <algorithm>

#include "base/log.h"

namespace xtcp2::daemon {
namespace {

constexpr int64_t kAnswerTimeoutMs = 1000;  // the kernel answers within the request; this is for a kernel that does not
constexpr uint8_t kClose = 7;

Counter& Results(const char* result) {
  return Metrics::Global().AddCounter("xtcp2_audit_sockets_total",
                                      "Sockets of the walk in BPF that were asked for again by netlink.",
                                      {{"result", result}});
}

// Bound-only sockets have no peer to be looked up by.
bool CanBeAsked(const WalkPick& pick) { return pick.row.msg[1] != kClose; }

}  // namespace

WalkAudit::WalkAudit()
    : agreed_(Results("agreed")),
      gone_(Results("gone")),
      unentered_(Results("unentered")),
      disagreed_(Results("disagreed")) {}

std::optional<std::string> WalkAudit::Check(const WalkRun& run, const std::atomic<bool>& stop) {
  wrong_.reset();
  std::vector<const WalkPick*> picks;
  for (const WalkPick& pick : run.sample())
    if (CanBeAsked(pick)) picks.push_back(&pick);
  const auto inode = [](const WalkPick* pick) { return pick->row.netns_inode; };
  std::sort(picks.begin(), picks.end(), [&](auto* a, auto* b) { return inode(a) < inode(b); });
  for (auto first = picks.begin(); first != picks.end() && !stop.load(std::memory_order_relaxed);) {
    const auto end = std::find_if(first, picks.end(), [&](auto* pick) { return inode(pick) != inode(*first); });
    CheckNetns(run, {first, end}, stop);
    first = end;
  }
  return wrong_;
}

Result<netlink::DiagSocket> WalkAudit::Open(const NetnsEntry& netns) {
  if (!door_) {
    Result<NetnsDoor> door = NetnsDoor::Here();
    if (!door) return tl::unexpected(door.error());
    door_.emplace(std::move(*door));
  }
  Result<netlink::DiagSocket> socket = Fail("not opened");
  const Result<> visited = door_->Visit(netns, [&]() -> Result<> {
    socket = netlink::DiagSocket::Open(kAnswerTimeoutMs);
    return {};
  });
  if (!visited) return tl::unexpected(visited.error());
  return socket;
}

void WalkAudit::CheckNetns(const WalkRun& run, std::span<const WalkPick* const> picks, const std::atomic<bool>& stop) {
  const NetnsEntry* netns = run.directory().Find(picks.front()->row.netns_inode);
  if (netns == nullptr) return unentered_.Add(picks.size());
  Result<netlink::DiagSocket> socket = Open(*netns);
  if (!socket) return (NetnsIsGone(socket.error().code) ? gone_ : unentered_).Add(picks.size());
  const uint64_t cookie = socket->NetnsCookie();
  SecondLook look(run.program(), 0);  // the readers have left
  for (const WalkPick* pick : picks) {
    if (stop.load(std::memory_order_relaxed)) return;
    // Another namespace may have got the number.
    if (pick->row.netns_cookie != 0 && pick->row.netns_cookie != cookie) {
      gone_.Add();
    } else {
      CheckSocket(*netns, *pick, look, *socket);
    }
  }
}

void WalkAudit::CheckSocket(const NetnsEntry& netns, const WalkPick& pick, SecondLook& look,
                            netlink::DiagSocket& socket) {
  const Result<Verdict> verdict = look.Judge(pick, socket);
  if (!verdict) {
    LogDebug("audit: a socket of namespace {} cannot be asked for: {}", netns.name, verdict.error().Text());
    return unentered_.Add();
  }
  switch (verdict->kind) {
    case Verdict::Kind::kAgreed:
      return agreed_.Add();
    case Verdict::Kind::kGone:
      return gone_.Add();
    case Verdict::Kind::kDisagreed:
      disagreed_.Add();
      Disagreed(netns.name, *verdict);
  }
}

void WalkAudit::Disagreed(const std::string& netns, const Verdict& verdict) {
  wrong_ = verdict.text;
  for (size_t i = 0; i < verdict.fields.size(); ++i) {
    if (!verdict.fields[i]) continue;
    const std::string_view field = schema::kFields[i].name;
    Metrics::Global()
        .AddCounter("xtcp2_audit_disagreements_total", "Fields that netlink and the walk in BPF gave differently.",
                    {{"field", std::string(field)}})
        .Add();
    if (logged_[i]) continue;
    logged_.set(i);
    LogError("audit: netlink and BPF disagree on {} of a socket in namespace {}: {}", field, netns, verdict.text);
  }
}

}  // namespace xtcp2::daemon
