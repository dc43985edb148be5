// The walk of one poll: the kernel's tables in pieces that reader threads take, and how it went.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "bpf/walker.h"
#include "daemon/netns_directory.h"
#include "daemon/walk_sample.h"

namespace xtcp2::daemon {

class WalkRun {
 public:
  // Both must outlive it. `sampled`: rows to be looked at again when it is over.
  WalkRun(bpf::WalkProgram& program, bpf::TableList list, const NetnsDirectory& directory, size_t sampled = 0);

  struct Piece {
    const bpf::Table* table;
    uint32_t first, end;  // buckets
  };
  // What is to be read next; nothing when all is given out, or the walk failed. A poll's time does not end it: what is
  // begun is finished, as a namespace's dump is, or always the same sockets would be missing. Any thread.
  std::optional<Piece> Take();
  // One of its blocks was read. Any thread.
  void Read(const bpf::Block& block);
  // A call failed: the rest is given up. Any thread.
  void Failed(const Error& error);
  // So many sockets were of namespaces that are wanted; `sample` of them is used up. Any thread.
  void AddWanted(uint64_t sockets, WalkSample& sample);
  size_t sampled() const { return sampled_; }
  // A piece was left before its end.
  void Cut() { cut_.store(true, std::memory_order_relaxed); }
  // Devices that the filter names cannot be looked up in a namespace.
  void Unentered() { unentered_.store(true, std::memory_order_relaxed); }
  // A socket has a congestion control whose state the program cannot read yet.
  void MetNewCongestion() { new_congestion_.store(true, std::memory_order_relaxed); }

  bpf::WalkProgram& program() const { return program_; }
  const NetnsDirectory& directory() const { return directory_; }

  // When it is over. Whole: everything that lived through it has been read.
  bool whole() const;
  bool was_cut() const { return cut_.load(std::memory_order_relaxed); }
  bool new_congestion() const { return new_congestion_.load(std::memory_order_relaxed); }
  std::optional<Error> error() const;
  uint64_t rows() const { return rows_.load(std::memory_order_relaxed); }
  uint64_t wanted() const;
  // Out of all that were wanted, with the same chance for each.
  const std::vector<WalkPick>& sample() const { return sample_.picks(); }
  uint64_t blocks() const { return blocks_.load(std::memory_order_relaxed); }
  uint64_t restarts() const { return restarts_.load(std::memory_order_relaxed); }
  uint64_t truncated() const { return truncated_.load(std::memory_order_relaxed); }

 private:
  bpf::WalkProgram& program_;
  const bpf::TableList list_;
  const NetnsDirectory& directory_;
  std::vector<Piece> pieces_;
  std::atomic<size_t> next_{0};
  const size_t sampled_;
  std::atomic<uint64_t> rows_{0}, blocks_{0}, restarts_{0}, truncated_{0};
  std::atomic<bool> cut_{false}, new_congestion_{false}, failed_{false}, unentered_{false};
  mutable std::mutex mutex_;
  std::optional<Error> error_;
  uint64_t wanted_ = 0;
  WalkSample sample_;
};

}  // namespace xtcp2::daemon
