// What one field of the record is. A field is written once, in table.cc; everything that knows a name, a number, a type
// or a place reads it from there.
#pragma once

#include <cstdint>
#include <string_view>

namespace xtcp2::schema {

// The two epochs of the record that consumers know: 1 is what the Go program of 2026-08 writes, 2 its successor
// (renamed fields, the cgroup id at 2003, AccECN counters). Our own fields, from 9000, are in epoch 2 only.
enum class Epoch : uint8_t { k1 = 1, k2 = 2 };

// Proto types. Enums are int32 on the wire.
enum class Type : uint8_t { kUint32, kUint64, kInt64, kString, kBytes, kEnum };

enum class Enumeration : uint8_t { kNone, kCongestion, kLocality, kRecordKind, kCollector, kOpenedAs, kEnding, kSide };
inline constexpr size_t kEnumerationCount = static_cast<size_t>(Enumeration::kSide) + 1;

// Where the value lies. 0 to 23 are the message and its attributes by the kernel's own number, so that one number names
// a part everywhere (`parts_present`, counters, the walk); what follows has layouts of ours.
enum class Part : uint8_t {
  kMsg = 0,  // struct inet_diag_msg itself
  kMemInfo = 1,
  kInfo = 2,
  kVegas = 3,
  kCong = 4,
  kTos = 5,
  kTclass = 6,
  kSkMem = 7,
  kShutdown = 8,
  kDctcp = 9,
  kSkV6Only = 11,
  kMark = 15,
  kBbr = 16,
  kClassId = 17,
  kUlp = 19,
  kCgroup = 21,
  kSockopt = 22,
  kContext = 24,  // schema::Context: the same for every socket of a namespace in a poll
  kRow = 25,      // schema::RowFacts: found per socket
  kLedger = 26,   // xtcp2_ledger_facts (abi/bpf_row.h): what events of the ledger know besides
  kNone = 27,     // no source yet: always zero
};
inline constexpr int kPartCount = 27;
constexpr int Index(Part part) { return static_cast<int>(part); }

// How the value is read at its offset; integers in host order unless said otherwise.
enum class Load : uint8_t {
  kZero,  // no source
  kU8,
  kU16,
  kU32,
  kU64,
  kBig16,    // big-endian u16
  kBits,     // `bits` bits of one byte, from bit `shift`
  kBytes16,  // 16 raw bytes
  kName16,   // at most 16 bytes of text, ended by a NUL where shorter
  kText,     // a std::string_view stored at the offset
};

// How a value repeats, a hint for columnar encoders and dictionaries.
enum class Repeat : uint8_t { kHost, kLow, kHigh };

struct Field {
  uint16_t number;   // in epoch 2; 0: not there
  uint16_t number1;  // in epoch 1; 0: not there
  std::string_view name;
  std::string_view name1;  // the name in epoch 1 where it is another one, else equal to name
  Type type;
  Enumeration enumeration;
  Part part;
  uint16_t offset;
  Load load;
  uint8_t shift;
  uint8_t bits;
  Repeat repeat;
  bool rare;  // nearly always zero
  std::string_view unit;
  std::string_view doc;

  constexpr uint16_t Number(Epoch epoch) const { return epoch == Epoch::k1 ? number1 : number; }
  constexpr std::string_view Name(Epoch epoch) const { return epoch == Epoch::k1 ? name1 : name; }
  constexpr bool In(Epoch epoch) const { return Number(epoch) != 0; }
  constexpr bool IsText() const { return load == Load::kName16 || load == Load::kText; }
};

// Bytes that `load` reads at its offset (kText: the string_view itself).
constexpr uint16_t LoadSize(Load load) {
  switch (load) {
    case Load::kZero:
      return 0;
    case Load::kU8:
    case Load::kBits:
      return 1;
    case Load::kU16:
    case Load::kBig16:
      return 2;
    case Load::kU32:
      return 4;
    case Load::kU64:
      return 8;
    case Load::kBytes16:
    case Load::kName16:
      return 16;
    case Load::kText:
      return sizeof(std::string_view);
  }
  return 0;
}

}  // namespace xtcp2::schema
