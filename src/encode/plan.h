// The run-time plan of csv, tsv, table and humanize, which write fields in any order and for people: a list of steps,
// small enough to stay in the cache, and how each step's value is read and shown. How values are set apart is the
// Style's (ordered.h).
#pragma once

#include <vector>

#include "encode/context_runs.h"
#include "schema/names.h"
#include "schema/read.h"
#include "wire/ip.h"

namespace xtcp2::encode {

enum class Show : uint8_t {
  kNumber,
  kSigned,
  kState,     // the TCP state's name, else the number
  kEnum,      // without its prefix; 0 is empty
  kTime,      // RFC 3339; empty at or before 1970
  kAddress,   // by the socket's family
  kEndpoint,  // address and port
  kText,
};

// How a field is shown to people.
constexpr Show ShowOf(const schema::Field& field) {
  if (field.name == "inet_diag_msg_state" || field.name == "tcp_info_state") return Show::kState;
  if (field.name == "timestamp_ns") return Show::kTime;
  switch (field.type) {
    case schema::Type::kEnum:
      return Show::kEnum;
    case schema::Type::kBytes:
      return Show::kAddress;
    case schema::Type::kString:
      return Show::kText;
    case schema::Type::kInt64:
      return Show::kSigned;
    default:
      return Show::kNumber;
  }
}

struct alignas(16) Step {
  Show show = Show::kNumber;
  schema::Part part = schema::Part::kMsg;
  schema::Load load = schema::Load::kZero;
  schema::Enumeration enumeration = schema::Enumeration::kNone;
  uint8_t shift = 0, bits = 0;
  bool shared = false;       // the same in every row of a dump
  uint16_t offset = 0;       // in the part
  uint16_t port_offset = 0;  // kEndpoint
  uint16_t column = 0;       // the Style's own number for it
};

// What is done for a field.
Step StepFor(const schema::Field& field, uint16_t column);
// Address and port of the socket's own end, or of its peer's.
Step EndpointStep(bool peer, uint16_t column);

inline uint64_t StepNumber(const Step& step, const schema::Socket& socket) {
  return schema::LoadNumber(step.load, step.shift, step.bits, socket[step.part] + step.offset);
}
inline std::string_view StepText(const Step& step, const schema::Socket& socket) {
  return schema::LoadText(step.load, socket[step.part] + step.offset);
}

inline constexpr size_t kMaxShown = 64;  // bytes of any value but a text

uint8_t* PutState(uint8_t* at, uint64_t state);
uint8_t* PutEnum(uint8_t* at, schema::Enumeration enumeration, uint32_t number);

// An address of a message, by its family.
inline uint8_t* PutAddress(uint8_t* at, const uint8_t* message, const uint8_t* address) {
  constexpr schema::Field kFamily = schema::kFields[schema::IndexOf("inet_diag_msg_family")];
  static_assert(kFamily.load == schema::Load::kU8 && kFamily.part == schema::Part::kMsg);
  constexpr uint8_t kInet = 2;  // AF_INET; every other family's 16 bytes are shown as IPv6
  const bool v4 = message[kFamily.offset] == kInet;
  return v4 ? wire::PutIpv4(at, address) : wire::PutIpv6(at, address);
}

// The value in every Show but kText; nothing where it is shown empty. At most kMaxShown bytes.
uint8_t* PutShown(uint8_t* at, const Step& step, const schema::Socket& socket);

// Neighbouring steps that are handled alike, so that a row takes one decision for many.
struct Stretch {
  enum Kind : uint8_t {
    kShared,    // the same in every row of a dump: copied
    kRarePart,  // of one part that few sockets have (layout.h)
    kOthers,
    kU8,  // and below: kNumber steps of one part, all loaded so
    kU16,
    kU32,
    kU64,
    kBig16,
    kBits,
  };
  Kind kind;
  schema::Part part;    // of kRarePart and of numbers
  uint16_t begin, end;  // in Plan::steps
};

struct Plan {
  std::vector<Step> steps;  // in the order they are written
  std::vector<Stretch> stretches;
};
Plan MakePlan(std::vector<Step> steps);

}  // namespace xtcp2::encode
