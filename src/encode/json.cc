// The unrolled walk is compiled here, once, and not in every file that appends rows.
#include "encode/json.h"

namespace xtcp2::encode {

PutRow JsonStyle::PutAll(schema::Epoch epoch, bool) {
  using schema::Epoch;
  return epoch == Epoch::k1 ? Unrolled<JsonStyle, Epoch::k1, Portable>::Row
                            : Unrolled<JsonStyle, Epoch::k2, Portable>::Row;
}

template class TableWalk<JsonStyle>;

}  // namespace xtcp2::encode
