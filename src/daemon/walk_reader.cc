#include "daemon/walk_reader.h"

#include <sched.h>

#include <utility>

#include "base/clock.h"
#include "filter/kernel.h"
#include "netlink/channel.h"

namespace xtcp2::daemon {

void WalkReader::Work(PollRun& run, const std::atomic<bool>& stop) {
  run_ = &run;
  ++poll_;
  recent_.fill(nullptr);
  sample_.Begin(run.walk->sampled());
  while (const auto piece = run.walk->Take())
    if (!ReadPiece(*piece, stop)) break;
  run.walk->AddWanted(std::exchange(wanted_, 0), sample_);
  ForgetUnseen();
}

bool WalkReader::ReadPiece(const WalkRun::Piece& piece, const std::atomic<bool>& stop) {
  WalkRun& walk = *run_->walk;
  for (uint32_t bucket = piece.first; bucket < piece.end;) {
    if (stop.load(std::memory_order_relaxed)) {
      walk.Cut();
      return false;
    }
    const Result<bpf::Block> block = walk.program().Next(index_, *piece.table, bucket, piece.end);
    if (!block) {
      walk.Failed(block.error());
      return false;
    }
    walk.Read(*block);
    at_ = {*piece.table, bucket, block->next_bucket};
    Take(*block);
    bucket = block->next_bucket;
    sched_yield();  // a call is not preempted: others have their turn between two
  }
  return true;
}

void WalkReader::Take(const bpf::Block& block) {
  if (!run_->count_only) return sink_.OnRows(block.rows, *this, RealtimeNs());
  for (const xtcp2_bpf_row& row : block.rows) Find(row);
}

collect::Lane* WalkReader::Find(const xtcp2_bpf_row& row) {
  if (row.ca_odd != 0) [[unlikely]]
    if (!run_->walk->program().Reads(row.cong)) run_->walk->MetNewCongestion();
  const Key key{row.netns_inode, row.netns_cookie};
  Place*& recent = recent_[key.inode % recent_.size()];
  if (recent == nullptr || recent->key != key) [[unlikely]]
    recent = &Enter(key);
  if (!recent->wanted) return nullptr;
  if (++wanted_ == sample_.next()) [[unlikely]]
    sample_.Keep(row, at_);
  return &recent->lane;
}

WalkReader::Place& WalkReader::Enter(const Key& key) {
  Place& place = places_[key];
  if (place.poll == poll_) return place;
  place.poll = poll_;
  place.key = key;
  place.wanted = run_->walk->directory().Wanted(key.inode);
  if (place.wanted) Begin(place);
  return place;
}

void WalkReader::Begin(Place& place) const {
  const NetnsEntry* netns = run_->walk->directory().Find(place.key.inode);
  // Its rows are at hand, so it was alive a moment ago: a name that leads there now is its own.
  place.name = netns != nullptr && NameHolds(*netns) ? netns->name : UnnamedNetns(place.key.inode);
  schema::Context context = ContextOf(host_, schema::kBpf, index_, *run_);
  context.netns = place.name;
  context.netns_inode = place.key.inode;
  context.netns_cookie = place.key.cookie;
  place.lane.Begin(context, FilterIn(place, netns));
}

// Device names are a namespace's own. Where it cannot be entered, it has none that the filter could mean.
const filter::Filter* WalkReader::FilterIn(Place& place, const NetnsEntry* netns) const {
  if (filter_.everything()) return nullptr;
  if (!filter_.NeedsDevices()) return &filter_;
  place.filter = filter_.WithDevices([](const std::string&) { return 0; });
  if (netns == nullptr) return &place.filter;
  const Result<> visited = door_.Visit(*netns, [&]() -> Result<> {
    const Result<netlink::DiagSocket> socket = netlink::DiagSocket::Open(1000);
    if (!socket) return tl::unexpected(socket.error());
    place.filter =
        filter_.WithDevices([&](const std::string& name) { return filter::DeviceIndex(socket->fd(), name); });
    return {};
  });
  if (!visited) run_->walk->Unentered();
  return &place.filter;
}

void WalkReader::ForgetUnseen() {
  std::erase_if(places_, [this](const auto& item) { return item.second.poll != poll_; });
}

}  // namespace xtcp2::daemon
