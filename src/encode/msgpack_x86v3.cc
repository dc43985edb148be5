// Compiled for x86-64-v3 (CMakeLists.txt); see isa.h for what may stand in such a file.
#include "encode/msgpack_row.h"

#if defined(__x86_64__)
namespace xtcp2::encode {

template struct MsgpackRow<schema::Epoch::k1, X86V3>;
template struct MsgpackRow<schema::Epoch::k2, X86V3>;

}  // namespace xtcp2::encode
#endif
