// What is told of the spool before a destination.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "spool/options.h"

namespace xtcp2::ship {

struct SpoolOptions {
  size_t same_before = 0;             // destinations of the same text that come before it: each has a folder
  std::string dir;                    // destinations get a folder each in it; empty: none, memory only
  uint64_t bytes = 0;                 // of each; 0: 1 GiB or 5 % of the disk, the smaller
  int64_t age_ns = 0;                 // 0: kept while there is room
  bool sync_each = false;             // every batch is on the disk before it counts as kept
  std::optional<spool::Owner> owner;  // -user
  int64_t away_after_ms = 1'000;      // when nothing was taken for so long, memory goes to the disk as well
  int64_t idle_after_ms = 30'000;     // without new rows for so long, what is kept is sent at a pace of its own ...
  int64_t idle_pause_ms = 1'000;      // ... a batch in so long
};

}  // namespace xtcp2::ship
