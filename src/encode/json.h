// jsonl and protoJson: each row the object that protojson makes of an XtcpFlatRecord, without white space, followed by
// a line end (jsonl) or a comma (protoJson; the framing drops the last one and puts the envelope around).
#pragma once

#include "encode/text_fields.h"
#include "encode/walk.h"

namespace xtcp2::encode {

struct JsonStyle : TextFields<JsonSyntax> {
  static constexpr size_t kMaxAround = 4;
  static PutRow PutAll(schema::Epoch epoch, bool portable);
  static uint8_t* Begin(uint8_t* at, size_t) { return *at = '{', at + 1; }
  static uint8_t* End(uint8_t*, uint8_t* at) {
    if (at[-1] == JsonSyntax::kEnd) --at;  // not in an object without fields
    return wire::PutRaw(at, "}\n");
  }
};
extern template class TableWalk<JsonStyle>;

using JsonlEncoder = TableWalk<JsonStyle>;

class ProtoJsonEncoder {
 public:
  explicit ProtoJsonEncoder(const EncodeOptions& options) : jsonl_(options) {}
  void EncodeContext(const schema::Context& context, ContextRuns& runs) const { jsonl_.EncodeContext(context, runs); }
  void Append(const schema::Socket& socket, const ContextRuns& runs, Buffer& rows) const {
    jsonl_.Append(socket, runs, rows);
    rows.data()[rows.size() - 1] = ',';
  }

 private:
  JsonlEncoder jsonl_;
};

}  // namespace xtcp2::encode
