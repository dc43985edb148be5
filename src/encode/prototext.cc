// The unrolled walk is compiled here, once, and not in every file that appends rows.
#include "encode/prototext.h"

namespace xtcp2::encode {

template class TableWalk<ProtoTextStyle>;

}  // namespace xtcp2::encode
