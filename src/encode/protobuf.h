// protobufList: each row an XtcpFlatRecord as field 10 of an Envelope, with its tag and length. One instance per reader
// thread.
#pragma once

#include "encode/walk.h"
#include "wire/utf8.h"
#include "wire/varint.h"

namespace xtcp2::encode {

struct ProtobufStyle {
  static constexpr bool kSkipsZeros = true;
  static constexpr size_t kTextFactor = wire::kMaxRepaired;
  static constexpr size_t kReserved = 3;  // the row's tag and a length of two bytes, right for 128 to 16,383
  static constexpr size_t kMaxAround = 1 + wire::kMaxVarint;
  static size_t MaxBytes(const schema::Field&, schema::Epoch) { return 4 + wire::kMaxVarint; }

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

  template <schema::Epoch E, size_t I>
  [[gnu::always_inline]] static uint8_t* Put(uint8_t* at, const schema::Socket& socket) {
    constexpr schema::Field f = schema::kFields[I];
    if constexpr (f.load == schema::Load::kZero) {
      return at;
    } else if constexpr (f.load == schema::Load::kBytes16) {
      at = PutTag<TagOf<E, I>()>(at);
      *at = 16;
      return wire::PutRaw(at + 1, schema::Text<I>(socket));
    } else if constexpr (f.IsText()) {
      const std::string_view text = schema::Text<I>(socket);
      if (text.empty()) return at;
      at = wire::PutVarint(PutTag<TagOf<E, I>()>(at), wire::RepairedSize(text));  // proto3 strings must be UTF-8
      return wire::PutRepaired(at, text);
    } else {
      const uint64_t value = schema::Number<I>(socket);
      return value == 0 ? at : wire::PutVarint(PutTag<TagOf<E, I>()>(at), value);
    }
  }

 private:
  template <schema::Epoch E, size_t I>
  static constexpr uint32_t TagOf() {
    constexpr schema::Field f = schema::kFields[I];
    constexpr bool kDelimited = f.type == schema::Type::kString || f.type == schema::Type::kBytes;
    return uint32_t{f.Number(E)} << 3 | (kDelimited ? 2u : 0u);
  }
  // One store; the third byte's store reaches one further, into the room that MaxBytes asks for.
  template <uint32_t kTag>
  [[gnu::always_inline]] static uint8_t* PutTag(uint8_t* at) {
    if constexpr (kTag < 0x80) {
      *at = kTag;
      return at + 1;
    } else if constexpr (kTag < 0x4000) {
      Store<uint16_t>(at, static_cast<uint16_t>((kTag & 0x7f) | 0x80 | (kTag >> 7) << 8));
      return at + 2;
    } else {
      Store<uint32_t>(at, (kTag & 0x7f) | 0x80 | ((kTag >> 7 & 0x7f) | 0x80) << 8 | (kTag >> 14) << 16);
      return at + 3;
    }
  }
};

using ProtobufEncoder = TableWalk<ProtobufStyle>;
extern template class TableWalk<ProtobufStyle>;

}  // namespace xtcp2::encode
