// msgpack: each row a map with the names Go gives the fields, zeros included, every integer in the width of its type.
#pragma once

#include "encode/keys.h"
#include "encode/walk.h"
#include "wire/msgpack.h"

namespace xtcp2::encode {

struct MsgpackStyle {
  static constexpr size_t kTextFactor = wire::kMaxRepaired;
  static constexpr size_t kMaxAround = wire::kMaxMsgpackHead;

  static PutRow PutAll(schema::Epoch epoch, bool portable);
  static uint8_t* Begin(uint8_t* at, size_t count) { return wire::PutMsgpackMap(at, count); }
  static uint8_t* End(uint8_t*, uint8_t* at) { return at; }
  static constexpr size_t MaxBytes(const schema::Field& field, schema::Epoch epoch) {
    return KeyOf(field, epoch).size + 8;  // a 64-bit integer, or the head of a text
  }

  template <schema::Epoch E, size_t I, class Isa>
  [[gnu::always_inline]] static uint8_t* Put(uint8_t* at, const uint8_t* value_at) {
    using schema::Type;
    constexpr schema::Field f = schema::kFields[I];
    at = PutKey(at, kKey<E, I>);
    if constexpr (f.load == schema::Load::kName16) return PutName(at, value_at);
    if constexpr (f.type == Type::kString) return PutText(at, schema::TextAt<I>(value_at));
    if constexpr (f.type == Type::kBytes) return std::memcpy(at, value_at, 16), at + 16;
    const uint64_t value = schema::NumberAt<I>(value_at);
    if constexpr (f.type == Type::kUint64 || f.type == Type::kInt64) return wire::PutBig(at, value);
    return wire::PutBig(at, static_cast<uint32_t>(value));
  }

  // Bytes of the value behind its key; of a text that is empty.
  static constexpr size_t ValueSize(const schema::Field& field) {
    if (field.IsText()) return 1;
    if (field.type == schema::Type::kBytes) return 16;
    return field.type == schema::Type::kUint64 || field.type == schema::Type::kInt64 ? 8 : 4;
  }

  // The name as a string and, where the size of the value is known, the code that says how wide it is.
  static constexpr KeyText KeyOf(const schema::Field& field, schema::Epoch epoch) {
    const std::string_view name = field.Name(epoch);
    const size_t size = KeyText{}.AddCamel(name, true).size;
    const size_t code = size < 32 ? wire::kFixString + size : size_t{wire::kString8};
    const char head[] = {static_cast<char>(code), static_cast<char>(size)};
    KeyText key = KeyText{}.Add({head, size < 32 ? 1u : 2u}).AddCamel(name, true);
    switch (field.type) {
      case schema::Type::kUint32:
        return key.AddByte(wire::kUint32);
      case schema::Type::kUint64:
        return key.AddByte(wire::kUint64);
      case schema::Type::kInt64:
        return key.AddByte(wire::kInt64);
      case schema::Type::kEnum:
        return key.AddByte(wire::kInt32);
      case schema::Type::kBytes:
        return key.AddByte(wire::kBin8).AddByte(16);
      default:
        return key;
    }
  }

 private:
  // A name of up to 16 bytes, copied whole.
  [[gnu::always_inline]] static uint8_t* PutName(uint8_t* at, const uint8_t* name) {
    if (((Load<uint64_t>(name) | Load<uint64_t>(name + 8)) & 0x8080808080808080) != 0) [[unlikely]]
      return PutText(at, {reinterpret_cast<const char*>(name), schema::NameSize(name)});
    const size_t size = schema::NameSize(name);
    *at = static_cast<uint8_t>(wire::kFixString | size);
    std::memcpy(at + 1, name, 16);
    return at + 1 + size;
  }
  // Any text.
  static uint8_t* PutText(uint8_t* at, std::string_view text);

  template <schema::Epoch E, size_t I>
  static constexpr auto kKey = Exactly<KeyOf(schema::kFields[I], E).size>(KeyOf(schema::kFields[I], E));
};

using MsgpackEncoder = TableWalk<MsgpackStyle>;
extern template class TableWalk<MsgpackStyle>;

}  // namespace xtcp2::encode
