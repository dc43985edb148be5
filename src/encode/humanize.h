// humanize: jsonl for people. The same object, with addresses, states, enums and the timestamp as words, the keys in
// alphabetical order, and <, > and & escaped, as Go's JSON encoder writes a map.
#pragma once

#include <string>
#include <vector>

#include "encode/ordered.h"
#include "wire/utf8.h"

namespace xtcp2::encode {

class HumanizeStyle {
 public:
  static constexpr size_t kTextFactor = 6;  // wire::kMaxJsonEscape
  static constexpr size_t kMaxAround = 4;

  explicit HumanizeStyle(const EncodeOptions& options);

  std::vector<Step> Columns() const;
  size_t MaxBytes(const Step& step) const { return keys_[step.column].size() + kMaxShown + 4; }
  static uint8_t* Begin(uint8_t* at) { return *at = '{', at + 1; }
  uint8_t* Put(uint8_t* at, const Step& step, const schema::Socket& socket) const;
  static uint8_t* End(uint8_t* first, uint8_t* at) {
    if (at > first + 1) --at;  // the last comma
    return wire::PutRaw(at, "}\n");
  }

 private:
  std::vector<uint16_t> fields_;
  std::vector<std::string> keys_;  // "name": and the opening quote of values that have one; by Step::column
};

using HumanizeEncoder = Ordered<HumanizeStyle>;

}  // namespace xtcp2::encode
