// How one field looks in the two text formats that leave zeros out: JSON ("name":value,) and protobuf's text format (
// name: value\n). They differ in their Syntax alone. For TableWalk (walk.h).
#pragma once

#include "encode/keys.h"
#include "schema/names.h"
#include "schema/read.h"
#include "wire/base64.h"
#include "wire/decimal.h"
#include "wire/json.h"
#include "wire/prototext.h"
#include "wire/utf8.h"

namespace xtcp2::encode {

struct JsonSyntax {
  static constexpr size_t kTextFactor = wire::kMaxJsonEscape;
  static constexpr char kEnd = ',';
  static constexpr bool kQuotesWideNumbers = true;  // 64 bits are more than a JavaScript number holds
  static constexpr bool kQuotesEnums = true;
  static constexpr KeyText Key(std::string_view name) { return KeyText{}.Add("\"").AddCamel(name, false).Add("\":"); }
  static uint8_t* PutString(uint8_t* at, std::string_view text) { return wire::PutJsonText(at, text); }
  static uint8_t* PutBytes(uint8_t* at, std::string_view bytes) { return wire::PutBase64(at, AsBytes(bytes)); }
};

struct ProtoTextSyntax {
  static constexpr size_t kTextFactor = wire::kMaxProtoTextEscape;
  static constexpr char kEnd = '\n';
  static constexpr bool kQuotesWideNumbers = false;
  static constexpr bool kQuotesEnums = false;
  static constexpr KeyText Key(std::string_view name) { return KeyText{}.Add("  ").Add(name).Add(": "); }
  static uint8_t* PutString(uint8_t* at, std::string_view text) { return wire::PutProtoTextString(at, text); }
  static uint8_t* PutBytes(uint8_t* at, std::string_view bytes) { return wire::PutProtoTextBytes(at, AsBytes(bytes)); }
};

// The name of an enum's value as the proto has it, or its number where it has none.
template <class Syntax>
uint8_t* PutEnumValue(uint8_t* at, schema::Enumeration enumeration, uint32_t number) {
  const std::string_view name = schema::EnumValueName(enumeration, number);
  if (name.empty()) return wire::PutSignedDecimal(at, static_cast<int32_t>(number));
  if constexpr (Syntax::kQuotesEnums) *at++ = '"';
  at = wire::PutRaw(at, name);
  if constexpr (Syntax::kQuotesEnums) *at++ = '"';
  return at;
}

template <class Syntax>
struct TextFields {
  template <schema::Epoch, size_t>
  [[gnu::always_inline]] static uint8_t* PutZeros(uint8_t* at) {
    return at;  // zeros are left out
  }
  static constexpr size_t kTextFactor = Syntax::kTextFactor;

  // The longest of: a number with quotes, an enum's name with quotes; and the key, two quotes and the end.
  static constexpr size_t MaxBytes(const schema::Field& field, schema::Epoch epoch) {
    return Syntax::Key(field.Name(epoch)).size + kMaxEnumName + 5;
  }

  template <schema::Epoch E, size_t I, class Isa>
  [[gnu::always_inline]] static uint8_t* Put(uint8_t* at, const uint8_t* value_at) {
    constexpr schema::Field f = schema::kFields[I];
    constexpr bool kQuoted = Quoted(f);
    if constexpr (f.type == schema::Type::kString || f.type == schema::Type::kBytes) {
      const std::string_view text = schema::TextAt<I>(value_at);
      if (text.empty()) return at;
      at = PutKey(at, kKey<E, I>);
      at = f.type == schema::Type::kString ? Syntax::PutString(at, text) : Syntax::PutBytes(at, text);
    } else {
      const uint64_t value = schema::NumberAt<I>(value_at);
      if (value == 0) return at;
      at = PutKey(at, kKey<E, I>);
      at = PutNumber<I>(at, value);
    }
    if constexpr (kQuoted) *at++ = '"';
    *at++ = Syntax::kEnd;
    return at;
  }

 private:
  static constexpr size_t kMaxEnumName = 40;  // "CONGESTION_ALGORITHM_UNSPECIFIED" has 32
  static_assert(kMaxEnumName > wire::kMaxSignedDecimal);

  static constexpr bool Quoted(const schema::Field& f) {
    const bool wide = f.type == schema::Type::kUint64 || f.type == schema::Type::kInt64;
    return f.type == schema::Type::kString || f.type == schema::Type::kBytes || (wide && Syntax::kQuotesWideNumbers);
  }
  static constexpr KeyText KeyOf(schema::Epoch epoch, size_t i) {
    KeyText key = Syntax::Key(schema::kFields[i].Name(epoch));
    if (Quoted(schema::kFields[i])) key.Add("\"");
    return key;
  }
  template <schema::Epoch E, size_t I>
  static constexpr auto kKey = Exactly<KeyOf(E, I).size>(KeyOf(E, I));

  template <size_t I>
  [[gnu::always_inline]] static uint8_t* PutNumber(uint8_t* at, uint64_t value) {
    constexpr schema::Field f = schema::kFields[I];
    if constexpr (f.type == schema::Type::kEnum)
      return PutEnumValue<Syntax>(at, f.enumeration, static_cast<uint32_t>(value));
    else if constexpr (f.type == schema::Type::kInt64)
      return wire::PutSignedDecimal(at, static_cast<int64_t>(value));
    else if constexpr (schema::LoadSize(f.load) == 1)
      return wire::PutOctet(at, static_cast<uint8_t>(value));
    else
      return wire::PutDecimal(at, value);
  }
};

}  // namespace xtcp2::encode
