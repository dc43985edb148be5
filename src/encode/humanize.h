// humanize: jsonl for people. The same object, with addresses, states, enums and the timestamp as words, the keys in
// alphabetical order, and <, > and & escaped, as Go's JSON encoder writes a map.
#pragma once

#include <array>
#include <vector>

#include "encode/ordered.h"
#include "wire/decimal.h"
#include "wire/utf8.h"

namespace xtcp2::encode {

class HumanizeStyle {
 public:
  static constexpr size_t kTextFactor = 6;  // wire::kMaxJsonEscape
  static constexpr size_t kMaxAround = 4;
  static constexpr bool kLeavesZerosOut = true;

  explicit HumanizeStyle(const EncodeOptions& options);

  std::vector<Step> Columns() const;
  static PutRow PutAll(const EncodeOptions&) { return nullptr; }
  static size_t MaxBytes(const Step&) { return kMaxKey + kMaxShown + 4; }
  static uint8_t* Begin(uint8_t* at) { return *at = '{', at + 1; }
  uint8_t* Put(uint8_t* at, const Step& step, const schema::Socket& socket) const;
  template <schema::Load kLoad>
  uint8_t* PutNumber(uint8_t* at, const Step& step, uint64_t value) const {
    if (value == 0) return at;
    const Key& key = keys_[step.column];
    at = PutKey(at, key);
    if constexpr (schema::LoadSize(kLoad) == 1) return PutEnd(wire::PutOctet(at, static_cast<uint8_t>(value)), key);
    return PutEnd(wire::PutDecimalInline(at, value), key);
  }
  static uint8_t* End(uint8_t* first, uint8_t* at) {
    if (at > first + 1) --at;  // the last comma
    return wire::PutRaw(at, "}\n");
  }

 private:
  static constexpr size_t kMaxKey = 48;
  // "name": and the opening quote of values that have one. Copied whole, which is quicker than its very size; aligned
  // so that the one of a column is found by a shift.
  struct alignas(64) Key {
    std::array<char, kMaxKey> text{};
    uint8_t size = 0;
    bool quoted = false;
  };
  static Key MakeKey(const schema::Field& field, schema::Epoch epoch);
  static uint8_t* PutKey(uint8_t* at, const Key& key) {
    std::memcpy(at, key.text.data(), kMaxKey);
    return at + key.size;
  }
  static uint8_t* PutEnd(uint8_t* at, const Key& key) {
    *at = '"';
    at += key.quoted;
    *at = ',';
    return at + 1;
  }

  std::vector<uint16_t> fields_;
  std::vector<Key> keys_;  // by Step::column
};

using HumanizeEncoder = Ordered<HumanizeStyle>;

}  // namespace xtcp2::encode
