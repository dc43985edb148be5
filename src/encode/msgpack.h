// msgpack: each row a map with the names Go gives the fields, zeros included, every integer in the width of its type.
#pragma once

#include "encode/keys.h"
#include "encode/walk.h"
#include "wire/msgpack.h"

namespace xtcp2::encode {

struct MsgpackStyle {
  static constexpr bool kSkipsZeros = false;
  static constexpr size_t kTextFactor = wire::kMaxRepaired;
  static constexpr size_t kMaxAround = wire::kMaxMsgpackHead;

  static uint8_t* Begin(uint8_t* at, size_t count) { return wire::PutMsgpackMap(at, count); }
  static uint8_t* End(uint8_t*, uint8_t* at) { return at; }
  static constexpr size_t MaxBytes(const schema::Field& field, schema::Epoch epoch) {
    return KeyOf(field.Name(epoch)).size + 9;  // a 64-bit integer, or the head of a text
  }

  template <schema::Epoch E, size_t I>
  [[gnu::always_inline]] static uint8_t* Put(uint8_t* at, const schema::Socket& socket) {
    using schema::Type;
    constexpr schema::Field f = schema::kFields[I];
    at = PutKey(at, kKey<E, I>);
    if constexpr (f.type == Type::kString) return wire::PutMsgpackString(at, schema::Text<I>(socket));
    if constexpr (f.type == Type::kBytes) return wire::PutMsgpackBytes(at, schema::Text<I>(socket));
    const uint64_t value = schema::Number<I>(socket);
    if constexpr (f.type == Type::kUint64) return wire::PutMsgpackUint64(at, value);
    if constexpr (f.type == Type::kInt64) return wire::PutMsgpackInt64(at, static_cast<int64_t>(value));
    if constexpr (f.type == Type::kEnum) return wire::PutMsgpackInt32(at, static_cast<int32_t>(value));
    return wire::PutMsgpackUint32(at, static_cast<uint32_t>(value));
  }

 private:
  static constexpr KeyText KeyOf(std::string_view name) {
    const size_t size = KeyText{}.AddCamel(name, true).size;
    const size_t code = size < 32 ? wire::kFixString + size : size_t{wire::kString8};
    const char head[] = {static_cast<char>(code), static_cast<char>(size)};
    return KeyText{}.Add({head, size < 32 ? 1u : 2u}).AddCamel(name, true);
  }
  template <schema::Epoch E, size_t I>
  static constexpr auto kKey = Exactly<KeyOf(schema::kFields[I].Name(E)).size>(KeyOf(schema::kFields[I].Name(E)));
};

using MsgpackEncoder = TableWalk<MsgpackStyle>;
extern template class TableWalk<MsgpackStyle>;

}  // namespace xtcp2::encode
