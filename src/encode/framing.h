// How rows of a format become one payload. A Batch holds rows back to back; a payload is head + rows (less `drop_last`
// bytes) + tail, so that any run of rows can be sent without copying them and a batch can be split at any row border.
// Immutable, shared by all threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace xtcp2::encode {

enum class FrameKind : uint8_t {
  kPlain,        // jsonl, humanize, csv, tsv, table: rows as they are
  kVarint,       // protobufList: varint(length of the rows) in front
  kJsonRows,     // protoJson: {"row":[ ... ]}\n; every row ends with a comma, the last is dropped
  kProtoText,    // protoText: one more \n behind
  kMsgpackRows,  // msgpack: map(1) "Row" array32(count)
};

// The bytes around a run of rows.
struct Frame {
  std::array<uint8_t, 24> head;
  uint8_t head_size = 0;
  uint8_t drop_last = 0;  // bytes of the last row that are left out
  std::string_view tail;  // static
  Bytes Head() const { return {head.data(), head_size}; }
};

struct Framing {
  std::string format;  // the -marshal name
  FrameKind kind = FrameKind::kPlain;
  std::string header;        // a line that starts every file, connection and message (csv, tsv, table); else empty
  std::string content_type;  // for HTTP

  // What stands around `count` rows of together `rows_size` bytes.
  Frame Around(size_t count, size_t rows_size) const;
  // The size of that payload, without header.
  size_t FramedSize(size_t count, size_t rows_size) const;
};

}  // namespace xtcp2::encode
