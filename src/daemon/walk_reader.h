// A reader thread's share of a walk in BPF: takes pieces of the kernel's tables, reads them block by block, and gives
// each row to its namespace's lane. Belongs to its reader and its thread.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <unordered_map>

#include "collect/lane.h"
#include "collect/row_sink.h"
#include "daemon/host_facts.h"
#include "daemon/netns_door.h"
#include "daemon/walk_run.h"
#include "filter/filter.h"

namespace xtcp2::daemon {

class WalkReader final : private collect::LaneFinder {
 public:
  // All must outlive it. `index`: the number of this reader, and of its walker.
  WalkReader(unsigned index, const HostFacts& host, const filter::Filter& filter, const NetnsDoor& door,
             collect::RowSink& sink)
      : index_(index), host_(host), filter_(filter), door_(door), sink_(sink) {}

  // Reads until nothing is left to take, or `stop`.
  void Work(PollRun& run, const std::atomic<bool>& stop);

 private:
  // A namespace as this reader knows it; stays from poll to poll while rows of it come.
  struct Key {
    uint64_t inode, cookie;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    size_t operator()(const Key& key) const { return key.inode * 0x9e3779b97f4a7c15 ^ key.cookie; }
  };
  struct Place {
    Key key{};
    uint64_t poll = 0;  // the last in which rows of it came
    bool wanted = false;
    std::string name;
    filter::Filter filter;  // with the devices of this namespace
    collect::Lane lane;
  };

  // False: stopped, or the walk failed.
  bool ReadPiece(const WalkRun::Piece& piece, const std::atomic<bool>& stop);
  void Take(const bpf::Block& block);
  collect::Lane* Find(const xtcp2_bpf_row& row) override;
  Place& Enter(const Key& key);
  void Begin(Place& place) const;
  const filter::Filter* FilterIn(Place& place, const NetnsEntry* netns) const;
  void ForgetUnseen();

  const unsigned index_;
  const HostFacts& host_;
  const filter::Filter& filter_;
  const NetnsDoor& door_;
  collect::RowSink& sink_;
  PollRun* run_ = nullptr;
  uint64_t poll_ = 0;
  uint64_t wanted_ = 0;  // sockets of it that have a lane
  WalkSample sample_;    // of them
  WalkPlace at_;         // what is being read
  std::unordered_map<Key, Place, Hash> places_;
  std::array<Place*, 1024> recent_{};  // of this poll, by inode
};

}  // namespace xtcp2::daemon
