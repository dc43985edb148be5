// Numbers that people read as words: TCP states and the record's enums.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "schema/field.h"

namespace xtcp2::schema {

// "ESTABLISHED" for 1 ... "NEW_SYN_RECV" for 12; empty for any other number.
std::string_view StateName(uint64_t state);

struct EnumValue {
  uint32_t number;
  std::string_view name;  // in full, as the proto has it: "CONGESTION_ALGORITHM_CUBIC"
};
// Name of the enum type ("CongestionAlgorithm"), the prefix of its values ("CONGESTION_ALGORITHM_"), and the values.
std::string_view EnumTypeName(Enumeration enumeration);
std::string_view EnumPrefix(Enumeration enumeration);
std::span<const EnumValue> EnumValues(Enumeration enumeration);
// The full name of a value; empty when the enum has no such number.
std::string_view EnumValueName(Enumeration enumeration, uint64_t number);

enum CongestionAlgorithm : uint32_t { kUnspecified, kCubic, kDctcp, kVegas, kPrague, kBbr1, kBbr2, kBbr3 };
// The enum for a kernel name ("cubic", "bbr", "bbr2", "dctcp", "vegas", "prague"); kUnspecified for any other, whose
// name is kept as text.
CongestionAlgorithm CongestionFromName(std::string_view name);

enum RecordKind : uint32_t { kSnapshot = 0, kOpen = 1, kClose = 2, kPoll = 3 };
enum Collector : uint32_t { kNetlink = 1, kIoUring = 2, kBpf = 3, kEvent = 4, kCapture = 5 };

}  // namespace xtcp2::schema
