#include "encode/cells.h"

#include "base/check.h"
#include "encode/delimited.h"

namespace xtcp2::encode {
namespace {

template <class Put>
ShownNumbers Show16(Put put) {
  ShownNumbers shown;
  for (uint32_t number = 0; number < ShownNumbers::kCount; ++number) {
    uint8_t text[kMaxShown];
    shown.size[number] = static_cast<uint8_t>(put(text, number) - text);
    XTCP2_CHECK(shown.size[number] <= ShownNumbers::kSize, "a state's or algorithm's name is longer than 16 letters");
    std::memcpy(shown.text[number].data(), text, shown.size[number]);
  }
  return shown;
}

template <char kDelimiter>
PutRow PutAllOf(schema::Epoch epoch) {
  using schema::Epoch;
  return epoch == Epoch::k1 ? Unrolled<Cells<kDelimiter>, Epoch::k1, Portable>::Row
                            : Unrolled<Cells<kDelimiter>, Epoch::k2, Portable>::Row;
}

}  // namespace

const ShownNumbers kShownStates = Show16([](uint8_t* at, uint32_t number) { return PutState(at, number); });
const std::array<ShownNumbers, schema::kEnumerationCount> kShownEnums = [] {
  std::array<ShownNumbers, schema::kEnumerationCount> shown;
  for (size_t i = 0; i < shown.size(); ++i)
    shown[i] =
        Show16([i](uint8_t* at, uint32_t number) { return PutEnum(at, static_cast<schema::Enumeration>(i), number); });
  return shown;
}();

PutRow PutAllCells(char delimiter, schema::Epoch epoch) {
  return delimiter == ',' ? PutAllOf<','>(epoch) : PutAllOf<'\t'>(epoch);
}

}  // namespace xtcp2::encode
