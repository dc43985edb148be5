// The unrolled walk is compiled here, once, and not in every file that appends rows.
#include "encode/prototext.h"

namespace xtcp2::encode {

PutRow ProtoTextStyle::PutAll(schema::Epoch epoch, bool) {
  using schema::Epoch;
  return epoch == Epoch::k1 ? Unrolled<ProtoTextStyle, Epoch::k1, Portable>::Row
                            : Unrolled<ProtoTextStyle, Epoch::k2, Portable>::Row;
}

template class TableWalk<ProtoTextStyle>;

}  // namespace xtcp2::encode
