#include "encode/msgpack.h"

#include "encode/msgpack_row.h"

namespace xtcp2::encode {

using schema::Epoch;

#if defined(__x86_64__)
extern template struct MsgpackRow<Epoch::k1, X86V3>;  // msgpack_x86v3.cc
extern template struct MsgpackRow<Epoch::k2, X86V3>;
#endif

PutRow MsgpackStyle::PutAll(Epoch epoch, bool portable) {
  const bool first = epoch == Epoch::k1;
#if defined(__x86_64__)
  if (!portable && IsX86V3()) return first ? MsgpackRow<Epoch::k1, X86V3>::Row : MsgpackRow<Epoch::k2, X86V3>::Row;
#else
  (void)portable;
#endif
  return first ? MsgpackRow<Epoch::k1, Portable>::Row : MsgpackRow<Epoch::k2, Portable>::Row;
}

uint8_t* MsgpackStyle::PutText(uint8_t* at, std::string_view text) { return wire::PutMsgpackString(at, text); }

template class TableWalk<MsgpackStyle>;

}  // namespace xtcp2::encode
