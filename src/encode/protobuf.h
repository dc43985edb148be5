// protobufList: each row an XtcpFlatRecord as field 10 of an Envelope, with its tag and length.
#pragma once

#include "encode/varint_field.h"
#include "encode/walk.h"
#include "wire/utf8.h"
#include "wire/varint.h"

namespace xtcp2::encode {

struct ProtobufStyle {
  template <schema::Epoch, size_t>
  [[gnu::always_inline]] static uint8_t* PutZeros(uint8_t* at) {
    return at;  // zeros are left out
  }
  static constexpr size_t kTextFactor = wire::kMaxRepaired;
  static constexpr size_t kReserved = 3;  // the row's tag and a length of two bytes, right for 128 to 16,383
  static constexpr size_t kMaxAround = 1 + wire::kMaxVarint;
  static size_t MaxBytes(const schema::Field&, schema::Epoch) { return 4 + wire::kMaxVarint; }
  static PutRow PutAll(schema::Epoch epoch, bool portable);

  static uint8_t* Begin(uint8_t* row, size_t) { return row + kReserved; }
  // Tag and length go in front; where the length is of another size, the body moves.
  static uint8_t* End(uint8_t* row, uint8_t* end) {
    constexpr uint8_t kRowTag = 10 << 3 | 2;
    const size_t length = static_cast<size_t>(end - row) - kReserved;
    row[0] = kRowTag;
    if (length >= 0x80 && length < 0x4000) [[likely]] {
      row[1] = static_cast<uint8_t>(length | 0x80);
      row[2] = static_cast<uint8_t>(length >> 7);
      return end;
    }
    std::memmove(row + 1 + wire::VarintSize(length), row + kReserved, length);
    return wire::PutVarint(row + 1, length) + length;
  }

  template <schema::Epoch E, size_t I, class Isa>
  [[gnu::always_inline]] static uint8_t* Put(uint8_t* at, const uint8_t* value_at) {
    constexpr schema::Field f = schema::kFields[I];
    constexpr Tag kNumber = MakeTag(f.Number(E), 0), kDelimited = MakeTag(f.Number(E), 2);
    if constexpr (f.load == schema::Load::kZero) {
      return at;
    } else if constexpr (f.load == schema::Load::kBytes16) {
      at = PutTag<kDelimited>(at);
      *at = 16;
      std::memcpy(at + 1, value_at, 16);
      return at + 17;
    } else if constexpr (f.load == schema::Load::kName16) {
      const size_t size = schema::NameSize(value_at);
      if (size == 0) return at;
      if (((Load<uint64_t>(value_at) | Load<uint64_t>(value_at + 8)) & 0x8080808080808080) != 0) [[unlikely]]
        return PutText(PutTag<kDelimited>(at), schema::TextAt<I>(value_at));
      at = PutTag<kDelimited>(at);
      *at = static_cast<uint8_t>(size);
      std::memcpy(at + 1, value_at, 16);
      return at + 1 + size;
    } else if constexpr (f.IsText()) {
      const std::string_view text = schema::TextAt<I>(value_at);
      return text.empty() ? at : PutText(PutTag<kDelimited>(at), text);
    } else {
      constexpr unsigned kBits = f.load == schema::Load::kBits ? f.bits : 8u * schema::LoadSize(f.load);
      return PutVarintField<kNumber, kBits, Isa>(at, schema::NumberAt<I>(value_at));
    }
  }

 private:
  // Length and bytes of any text, repaired: proto3 strings must be UTF-8.
  static uint8_t* PutText(uint8_t* at, std::string_view text);
};

using ProtobufEncoder = TableWalk<ProtobufStyle>;
extern template class TableWalk<ProtobufStyle>;

}  // namespace xtcp2::encode
