// The unrolled walk is compiled here, once, and not in every file that appends rows.
#include "encode/msgpack.h"

namespace xtcp2::encode {

PutRow MsgpackStyle::PutAll(schema::Epoch epoch, bool) {
  using schema::Epoch;
  return epoch == Epoch::k1 ? Unrolled<MsgpackStyle, Epoch::k1, Portable>::Row
                            : Unrolled<MsgpackStyle, Epoch::k2, Portable>::Row;
}

template class TableWalk<MsgpackStyle>;

}  // namespace xtcp2::encode
