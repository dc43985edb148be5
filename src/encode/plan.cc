#include "encode/plan.h"

#include "encode/layout.h"
#include "wire/decimal.h"
#include "wire/timestamp.h"
#include "wire/utf8.h"

namespace xtcp2::encode {
namespace {

using schema::Enumeration;
using schema::IndexOf;
using schema::kFields;
using schema::Part;

constexpr size_t kSource = IndexOf("inet_diag_msg_socket_source");
constexpr size_t kDestination = IndexOf("inet_diag_msg_socket_destination");
constexpr size_t kSourcePort = IndexOf("inet_diag_msg_socket_source_port");
constexpr size_t kDestinationPort = IndexOf("inet_diag_msg_socket_destination_port");
static_assert(kFields[kSourcePort].load == schema::Load::kBig16 &&
              kFields[kDestinationPort].load == schema::Load::kBig16);

}  // namespace

uint8_t* PutState(uint8_t* at, uint64_t state) {
  const std::string_view name = schema::StateName(state);
  return name.empty() ? wire::PutDecimal(at, state) : wire::PutRaw(at, name);
}

uint8_t* PutEnum(uint8_t* at, Enumeration enumeration, uint32_t number) {
  if (number == 0) return at;
  std::string_view name = schema::EnumValueName(enumeration, number);
  if (name.empty()) return wire::PutSignedDecimal(at, static_cast<int32_t>(number));
  name.remove_prefix(schema::EnumPrefix(enumeration).size());
  return wire::PutRaw(at, name);
}

namespace {

uint8_t* PutTime(uint8_t* at, int64_t ns) { return ns <= 0 ? at : wire::PutTimestamp(at, ns); }

// "192.0.2.1:80", "[2001:db8::1]:80"; port 0, which nobody has, is "*".
uint8_t* PutEndpoint(uint8_t* at, const uint8_t* message, const Step& step) {
  uint8_t* const begin = at++;
  at = PutAddress(at, message, message + step.offset);
  if (std::memchr(begin + 1, ':', static_cast<size_t>(at - begin - 1)) != nullptr) {
    *begin = '[';
    *at++ = ']';
  } else {
    std::memmove(begin, begin + 1, static_cast<size_t>(at - begin - 1));
    --at;
  }
  *at++ = ':';
  const uint16_t port = LoadBig<uint16_t>(message + step.port_offset);
  if (port != 0) return wire::PutDecimal(at, port);
  *at++ = '*';
  return at;
}

}  // namespace

Step StepFor(const schema::Field& field, uint16_t column) {
  Step step;
  step.show = ShowOf(field);
  step.part = field.part == Part::kNone ? Part::kMsg : field.part;  // its Load reads nothing
  step.load = field.load;
  step.enumeration = field.enumeration;
  step.shift = field.shift;
  step.bits = field.bits;
  step.shared = IsShared(field);
  step.offset = field.offset;
  step.column = column;
  return step;
}

Step EndpointStep(bool peer, uint16_t column) {
  Step step = StepFor(kFields[peer ? kDestination : kSource], column);
  step.show = Show::kEndpoint;
  step.port_offset = kFields[peer ? kDestinationPort : kSourcePort].offset;
  return step;
}

uint8_t* PutShown(uint8_t* at, const Step& step, const schema::Socket& socket) {
  switch (step.show) {
    case Show::kNumber:
      return wire::PutDecimal(at, StepNumber(step, socket));
    case Show::kSigned:
      return wire::PutSignedDecimal(at, static_cast<int64_t>(StepNumber(step, socket)));
    case Show::kState:
      return PutState(at, StepNumber(step, socket));
    case Show::kEnum:
      return PutEnum(at, step.enumeration, static_cast<uint32_t>(StepNumber(step, socket)));
    case Show::kTime:
      return PutTime(at, static_cast<int64_t>(StepNumber(step, socket)));
    case Show::kAddress:
      return PutAddress(at, socket[step.part], socket[step.part] + step.offset);
    case Show::kEndpoint:
      return PutEndpoint(at, socket[step.part], step);
    case Show::kText:
      break;
  }
  return at;
}

namespace {

Stretch::Kind KindOf(const Step& step) {
  if (step.shared) return Stretch::kShared;
  if (IsRarePart(step.part)) return Stretch::kRarePart;
  if (step.show != Show::kNumber) return Stretch::kOthers;
  switch (step.load) {
    case schema::Load::kU8:
      return Stretch::kU8;
    case schema::Load::kU16:
      return Stretch::kU16;
    case schema::Load::kU32:
      return Stretch::kU32;
    case schema::Load::kU64:
      return Stretch::kU64;
    case schema::Load::kBig16:
      return Stretch::kBig16;
    case schema::Load::kBits:
      return Stretch::kBits;
    default:
      return Stretch::kOthers;
  }
}

bool IsOfOnePart(Stretch::Kind kind) { return kind >= Stretch::kU8 || kind == Stretch::kRarePart; }

}  // namespace

Plan MakePlan(std::vector<Step> steps) {
  Plan plan;
  for (size_t i = 0; i < steps.size(); ++i) {
    const Stretch next{KindOf(steps[i]), steps[i].part, static_cast<uint16_t>(i), static_cast<uint16_t>(i + 1)};
    Stretch* const last = plan.stretches.empty() ? nullptr : &plan.stretches.back();
    if (last != nullptr && last->kind == next.kind && (!IsOfOnePart(next.kind) || last->part == next.part))
      last->end = next.end;
    else
      plan.stretches.push_back(next);
  }
  plan.steps = std::move(steps);
  return plan;
}

}  // namespace xtcp2::encode
