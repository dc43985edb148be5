#include "daemon/walk_run.h"

#include <algorithm>
namespace xtcp2::daemon {
namespace {

// So many for each walker of a large table that all end together; so large that a call seldom ends for want of buckets.
constexpr uint32_t kPiecesEach = 16, kFewestBuckets = 1024;

}  // namespace

WalkRun::WalkRun(bpf::WalkProgram& program, bpf::TableList list, const NetnsDirectory& directory, size_t sampled)
    : program_(program), list_(std::move(list)), directory_(directory), sampled_(sampled) {
  sample_.Begin(sampled);
  for (const bpf::Table& table : list_.tables) {
    const uint32_t step = std::max(kFewestBuckets, table.buckets / (kPiecesEach * program.walkers()));
    for (uint32_t first = 0; first < table.buckets; first += step)
      pieces_.push_back({&table, first, std::min(table.buckets, first + step)});
  }
}

std::optional<WalkRun::Piece> WalkRun::Take() {
  if (failed_.load(std::memory_order_relaxed)) return std::nullopt;
  const size_t piece = next_.fetch_add(1, std::memory_order_relaxed);
  if (piece >= pieces_.size()) return std::nullopt;
  return pieces_[piece];
}

void WalkRun::Read(const bpf::Block& block) {
  rows_.fetch_add(block.rows.size(), std::memory_order_relaxed);
  blocks_.fetch_add(1, std::memory_order_relaxed);
  if (block.restarts != 0) restarts_.fetch_add(block.restarts, std::memory_order_relaxed);
  if (block.truncated != 0) truncated_.fetch_add(block.truncated, std::memory_order_relaxed);
}

void WalkRun::Failed(const Error& error) {
  std::lock_guard lock(mutex_);
  if (!error_) error_ = error;
  failed_.store(true, std::memory_order_relaxed);
}

void WalkRun::AddWanted(uint64_t sockets, WalkSample& sample) {
  std::lock_guard lock(mutex_);
  sample_.Merge(wanted_, sample, sockets);
  wanted_ += sockets;
}

uint64_t WalkRun::wanted() const {
  std::lock_guard lock(mutex_);
  return wanted_;
}

bool WalkRun::whole() const {
  return next_.load() >= pieces_.size() && !cut_ && !failed_ && !unentered_ && truncated_ == 0 && !list_.truncated;
}

std::optional<Error> WalkRun::error() const {
  std::lock_guard lock(mutex_);
  return error_;
}

}  // namespace xtcp2::daemon
