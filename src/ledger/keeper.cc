#include "ledger/keeper.h"

#include <algorithm>
#include <cstring>

namespace xtcp2::ledger {
namespace {

constexpr unsigned kQuietRounds = 3;       // without a change: its lines can go
constexpr size_t kMostRemembered = 65536;  // names, and keys that had an account

bool Same(const xtcp2_ledger_counts& a, const xtcp2_ledger_counts& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

xtcp2_ledger_counts At(const std::map<NetnsKey, xtcp2_ledger_counts>& lines, NetnsKey key) {
  const auto at = lines.find(key);
  return at == lines.end() ? xtcp2_ledger_counts{} : at->second;
}

}  // namespace

Keeper::Keeper(const KeeperOptions& options, bool rows, bpf::LedgerProgram& program, NetnsSource& source)
    : options_(options), program_(program), source_(source), coverage_(rows) {}

Result<Keeper::Lines> Keeper::ReadLines() const {
  const auto read = program_.Namespaces();
  if (!read) return tl::unexpected(read.error());
  Lines lines;
  for (const bpf::LedgerLine& line : *read) lines[KeyOf(line.key)] = line.counts;
  return lines;
}

SeenNetns Keeper::Find(NetnsKey key, int64_t monotonic_ns) {
  auto at = names_.find(key);
  if (at == names_.end() && (scans_ == 0 || monotonic_ns - last_scan_ns_ >= options_.hasty_scan_ns)) {
    Scan(monotonic_ns);
    at = names_.find(key);
  }
  if (at != names_.end()) return at->second;
  want_scan_ = true;
  return source_.Unseen(key.inode);
}

void Keeper::Remember(NetnsKey key, const SeenNetns& seen) {
  if (names_.size() >= kMostRemembered)
    std::erase_if(names_, [&](const auto& item) { return !coverage_.knows(item.first); });
  names_[key] = seen;
  coverage_.Rename(key, seen.name);
}

// A namespace that is held open and that nothing seems to show any more is to be let go of.
void Keeper::NoticeEnds() {
  for (const auto& [inode, watched] : watched_)
    if (watched.snmp.open() && !source_.StillShown(inode)) want_scan_ = true;
}

bool Keeper::ScanDue(int64_t now_ns, const Lines& lines) const {
  if (scans_ == 0 || now_ns - last_scan_ns_ >= options_.scan_interval_ns) return true;
  if (now_ns - last_scan_ns_ < options_.hasty_scan_ns) return false;
  if (want_scan_) return true;
  return std::ranges::any_of(lines, [&](const auto& line) {
    const auto& [key, counts] = line;
    const auto at = watched_.find(key.inode);
    return (at == watched_.end() || at->second.key != key) && !unwatched_.contains(key);
  });
}

void Keeper::Unwatch(const Watched& watched) {
  if (watched.snmp.open()) --open_files_;
  unwatched_[watched.key] = {.counts = watched.counts};
}

void Keeper::Watch(NetnsKey key, NetnsSnmp snmp) {
  Watched& watched = watched_[key.inode];
  if (watched.key != key) {
    if (watched.key.inode != 0) Unwatch(watched);  // ended, and its number went over to another
    watched = {.key = key};
  }
  watched.shown = true;
  unwatched_.erase(key);
  if (open_files_ >= options_.max_open) return;
  watched.snmp = std::move(snmp);
  ++open_files_;
}

// A namespace that is not held open: it may be known, new, or another with the number of one that ended.
void Keeper::Admit(const SeenNetns& seen) {
  Result<OpenNetns> opened = source_.Open(seen.inode);
  if (!opened) {
    hidden_.insert(seen.inode);
    return;
  }
  const NetnsKey key{opened->cookie, seen.inode};
  const auto at = watched_.find(seen.inode);
  const bool watched = at != watched_.end() && at->second.key == key;
  Watch(key, std::move(opened->snmp));
  if (!watched) {
    coverage_.End(key);  // it had been shown, then not, and is again
    if (before_.size() >= kMostRemembered) before_.clear();
    // One that was not there when the ledger began counts from zero on both sides.
    if (before_.insert(key).second && scans_ > 1 && opened->shown_since > options_.begun_at)
      coverage_.Begin(key, seen.name, {}, {});
  }
  Remember(key, seen);
}

void Keeper::Scan(int64_t now_ns) {
  last_scan_ns_ = now_ns;
  want_scan_ = false;
  scanned_ = true;
  ++scans_;
  const NetnsSource::Look look = source_.Scan();
  if (look.complete)
    for (auto& [inode, watched] : watched_) watched.shown = false;
  hidden_.clear();
  for (const SeenNetns& seen : look.entries) {
    const auto at = watched_.find(seen.inode);
    if (at == watched_.end() || !at->second.snmp.open()) {
      Admit(seen);
      continue;
    }
    at->second.shown = true;  // an open file keeps the namespace, and so its number
    Remember(at->second.key, seen);
  }
}

bool Keeper::ReadDue(const Watched& watched, const xtcp2_ledger_counts& counts, int64_t now_ns) const {
  return watched.read_ns == 0 || !watched.shown || !Same(watched.counts, counts) ||
         now_ns - watched.read_ns >= options_.reread_ns;
}

Result<TcpOpens> Keeper::ReadOne(uint32_t inode, Watched& watched) {
  if (watched.snmp.open()) return watched.snmp.Read();
  const Result<OpenNetns> opened = source_.Open(inode);
  if (!opened) return tl::unexpected(opened.error());
  if (opened->cookie != watched.key.cookie) return Fail("another namespace has its number", ESTALE);
  return opened->snmp.Read();
}

// The kernel's numbers of all that are due; `lines` were read before.
void Keeper::ReadKernel(int64_t now_ns, const Lines& lines) {
  kernel_.clear();
  for (auto& [inode, watched] : watched_) {
    const xtcp2_ledger_counts counts = At(lines, watched.key);
    if (!ReadDue(watched, counts, now_ns)) continue;
    const Result<TcpOpens> opens = ReadOne(inode, watched);
    if (!opens) continue;  // gone meanwhile; what was read last stays
    kernel_[watched.key] = *opens;
    if (!coverage_.knows(watched.key)) coverage_.Begin(watched.key, names_[watched.key].name, *opens, counts);
    watched.counts = counts;
    watched.read_ns = now_ns;
  }
}

// What the last scan did not show was read a last time now.
void Keeper::DropEnded() {
  for (auto at = watched_.begin(); at != watched_.end();) {
    if (at->second.shown) {
      ++at;
      continue;
    }
    Unwatch(at->second);
    at = watched_.erase(at);
  }
}

// Lines of namespaces that nobody shows any more and in which nothing goes on are taken out of the ledger's maps.
Result<> Keeper::ForgetQuiet(const Lines& lines) {
  std::vector<uint64_t> cookies;
  for (const auto& [key, counts] : lines) {
    const auto at = watched_.find(key.inode);
    if ((at != watched_.end() && at->second.key == key) || key.cookie == 0) continue;
    if (!unwatched_.contains(key) && !scanned_) want_scan_ = true;
    Unwatched& unwatched = unwatched_[key];
    unwatched.quiet = Same(unwatched.counts, counts) ? unwatched.quiet + 1 : 0;
    unwatched.counts = counts;
    if (unwatched.quiet < kQuietRounds || hidden_.contains(key.inode)) continue;
    if (counts.opened + counts.accepted > counts.closed) continue;  // something lives there
    coverage_.AddDeadUnverified(Opens(counts) - std::min(Opens(counts), coverage_.VerifiedOpens(key)));
    coverage_.End(key);
    cookies.push_back(key.cookie);
    unwatched_.erase(key);
  }
  std::erase_if(unwatched_, [&](const auto& item) {
    if (lines.contains(item.first)) return false;
    coverage_.End(item.first);
    return true;
  });
  if (cookies.empty()) return {};
  const auto forgotten = program_.Forget(cookies);
  return forgotten ? Result<>() : tl::unexpected(forgotten.error());
}

Result<> Keeper::Round(int64_t monotonic_ns) {
  Result<Lines> lines = ReadLines();
  if (!lines) return tl::unexpected(lines.error());
  NoticeEnds();
  if (ScanDue(monotonic_ns, *lines)) {
    Scan(monotonic_ns);
    if (lines = ReadLines(); !lines) return tl::unexpected(lines.error());
  }
  ReadKernel(monotonic_ns, *lines);
  if (!kernel_.empty()) {
    const Result<Lines> after = ReadLines();
    if (!after) return tl::unexpected(after.error());
    for (const auto& [key, opens] : kernel_) coverage_.Read(key, opens, At(*lines, key), At(*after, key));
    lines = after;
  }
  DropEnded();
  const Result<> forgotten = ForgetQuiet(*lines);
  scanned_ = false;
  return forgotten;
}

Result<CoverageReport> Keeper::Report() const {
  const auto totals = program_.Totals();
  if (!totals) return tl::unexpected(totals.error());
  return coverage_.Report(*totals, hidden_.size());
}

}  // namespace xtcp2::ledger
