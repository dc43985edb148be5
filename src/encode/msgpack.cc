// The unrolled walk is compiled here, once, and not in every file that appends rows.
#include "encode/msgpack.h"

namespace xtcp2::encode {

template class TableWalk<MsgpackStyle>;

}  // namespace xtcp2::encode
