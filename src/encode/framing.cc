#include "encode/framing.h"

#include <cstring>

#include "wire/varint.h"

namespace xtcp2::encode {
namespace {

uint8_t PutMsgpackHead(uint8_t* out, uint32_t count) {
  static constexpr uint8_t kStart[] = {0x81, 0xa3, 'R', 'o', 'w', 0xdd};  // map of one, "Row", array32
  std::memcpy(out, kStart, sizeof kStart);
  for (int i = 0; i < 4; ++i) out[6 + i] = static_cast<uint8_t>(count >> (24 - 8 * i));
  return 10;
}

}  // namespace

Frame Framing::Around(size_t count, size_t rows_size) const {
  Frame frame;
  switch (kind) {
    case FrameKind::kPlain:
      break;
    case FrameKind::kVarint:
      frame.head_size = static_cast<uint8_t>(wire::PutVarint(frame.head.data(), rows_size) - frame.head.data());
      break;
    case FrameKind::kJsonRows: {
      static constexpr std::string_view kStart = "{\"row\":[";
      std::memcpy(frame.head.data(), kStart.data(), kStart.size());
      frame.head_size = kStart.size();
      frame.drop_last = count == 0 ? 0 : 1;
      frame.tail = "]}\n";
      break;
    }
    case FrameKind::kProtoText:
      frame.tail = "\n";
      break;
    case FrameKind::kMsgpackRows:
      frame.head_size = PutMsgpackHead(frame.head.data(), static_cast<uint32_t>(count));
      break;
  }
  return frame;
}

size_t Framing::FramedSize(size_t count, size_t rows_size) const {
  const Frame frame = Around(count, rows_size);
  return frame.head_size + rows_size - frame.drop_last + frame.tail.size();
}

}  // namespace xtcp2::encode
