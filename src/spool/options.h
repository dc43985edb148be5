// What a spool is told. Plain values.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace xtcp2::spool {

// Whom the process will become: the files are made that user's, as it has to go on with them.
struct Owner {
  uid_t user;
  gid_t group;
};

struct Options {
  std::string folder;  // made with its parents when it is not there; one daemon's
  std::optional<Owner> owner;
  std::string format;                           // of the rows: what was spooled in another one is kept, and not read
  uint64_t bytes = 0;                           // of all segments; 0: 1 GiB or 5 % of the disk, the smaller
  double keep_free = 0.10;                      // this share of the disk is left to others
  int64_t age_ns = 0;                           // older rows are dropped; 0: none
  bool sync_each = false;                       // every record is on the disk before Append() returns
  uint64_t segment_bytes = uint64_t{16} << 20;  // a segment seals at this size, or at an eighth of `bytes`
  int64_t sync_age_ns = 10'000'000'000;         // what was written is synced after that time at the latest
};

}  // namespace xtcp2::spool
