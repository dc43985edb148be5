// protoText: each row a block `row { ... }` of protobuf's text format, as it stands in an Envelope.
#pragma once

#include "encode/text_fields.h"
#include "encode/walk.h"

namespace xtcp2::encode {

struct ProtoTextStyle : TextFields<ProtoTextSyntax> {
  static constexpr size_t kMaxAround = 8;
  static PutRow PutAll(schema::Epoch epoch, bool portable);
  static uint8_t* Begin(uint8_t* at, size_t) { return wire::PutRaw(at, "row {\n"); }
  static uint8_t* End(uint8_t*, uint8_t* at) { return wire::PutRaw(at, "}\n"); }
};

using ProtoTextEncoder = TableWalk<ProtoTextStyle>;
extern template class TableWalk<ProtoTextStyle>;

}  // namespace xtcp2::encode
