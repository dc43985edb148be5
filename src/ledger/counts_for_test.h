// The ledger's counts with names for those that are not zero. For tests.
#pragma once

#include "bpf/ledger_maps.h"

namespace xtcp2::ledger {

struct Numbers {
  uint64_t opened = 0, accepted = 0, closed = 0, failed = 0, reset = 0, rows_lost = 0, unsent = 0, stillborn = 0;
  operator xtcp2_ledger_counts() const {  // as one is written where the other is meant
    return {opened, accepted, closed, failed, reset, rows_lost, unsent, stillborn};
  }
};

}  // namespace xtcp2::ledger
