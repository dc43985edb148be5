#include "encode/protobuf.h"

namespace xtcp2::encode {

template class TableWalk<ProtobufStyle>;

}  // namespace xtcp2::encode
