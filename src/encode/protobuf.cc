#include "encode/protobuf.h"

namespace xtcp2::encode {

using schema::Epoch;

#if defined(__x86_64__)
extern template struct Unrolled<ProtobufStyle, Epoch::k1, X86V3>;  // protobuf_x86v3.cc
extern template struct Unrolled<ProtobufStyle, Epoch::k2, X86V3>;
#endif

PutRow ProtobufStyle::PutAll(Epoch epoch, bool portable) {
  const bool first = epoch == Epoch::k1;
#if defined(__x86_64__)
  if (!portable && IsX86V3())
    return first ? Unrolled<ProtobufStyle, Epoch::k1, X86V3>::Row : Unrolled<ProtobufStyle, Epoch::k2, X86V3>::Row;
#else
  (void)portable;
#endif
  return first ? Unrolled<ProtobufStyle, Epoch::k1, Portable>::Row : Unrolled<ProtobufStyle, Epoch::k2, Portable>::Row;
}

uint8_t* ProtobufStyle::PutText(uint8_t* at, std::string_view text) {
  return wire::PutRepaired(wire::PutVarint(at, wire::RepairedSize(text)), text);
}

template class TableWalk<ProtobufStyle>;

}  // namespace xtcp2::encode
