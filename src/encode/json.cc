// The unrolled walk is compiled here, once, and not in every file that appends rows.
#include "encode/json.h"

namespace xtcp2::encode {

template class TableWalk<JsonStyle>;

}  // namespace xtcp2::encode
