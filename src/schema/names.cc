#include "schema/names.h"

#include <array>

#include "abi/bpf_row.h"

namespace xtcp2::schema {
namespace {

constexpr std::array<std::string_view, 13> kStates = {
    "",      "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",   "TIME_WAIT",
    "CLOSE", "CLOSE_WAIT",  "LAST_ACK", "LISTEN",   "CLOSING",   "NEW_SYN_RECV"};

constexpr EnumValue kCongestionValues[] = {{0, "CONGESTION_ALGORITHM_UNSPECIFIED"}, {1, "CONGESTION_ALGORITHM_CUBIC"},
                                           {2, "CONGESTION_ALGORITHM_DCTCP"},       {3, "CONGESTION_ALGORITHM_VEGAS"},
                                           {4, "CONGESTION_ALGORITHM_PRAGUE"},      {5, "CONGESTION_ALGORITHM_BBR1"},
                                           {6, "CONGESTION_ALGORITHM_BBR2"},        {7, "CONGESTION_ALGORITHM_BBR3"}};
constexpr EnumValue kLocalityValues[] = {
    {0, "LOCALITY_UNSPECIFIED"}, {1, "LOCALITY_SELF"}, {2, "LOCALITY_LOCAL_SUBNET"}, {3, "LOCALITY_REMOTE"}};
constexpr EnumValue kRecordKindValues[] = {
    {0, "RECORD_KIND_SNAPSHOT"}, {1, "RECORD_KIND_OPEN"}, {2, "RECORD_KIND_CLOSE"}, {3, "RECORD_KIND_POLL"}};
constexpr EnumValue kCollectorValues[] = {{0, "COLLECTOR_UNSPECIFIED"}, {1, "COLLECTOR_NETLINK"},
                                          {2, "COLLECTOR_IO_URING"},    {3, "COLLECTOR_BPF"},
                                          {4, "COLLECTOR_EVENT"},       {5, "COLLECTOR_CAPTURE"}};

// As enum xtcp2_opened_as, xtcp2_ending and xtcp2_side (abi/bpf_row.h) number them.
constexpr EnumValue kOpenedAsValues[] = {{0, "OPENED_AS_UNSPECIFIED"},
                                         {XTCP2_OPENED_ACTIVE, "OPENED_AS_ACTIVE"},
                                         {XTCP2_OPENED_PASSIVE, "OPENED_AS_PASSIVE"}};
constexpr EnumValue kEndingValues[] = {{0, "ENDING_UNSPECIFIED"},
                                       {XTCP2_ENDING_CLOSED, "ENDING_CLOSED"},
                                       {XTCP2_ENDING_RESET_RECEIVED, "ENDING_RESET_RECEIVED"},
                                       {XTCP2_ENDING_RESET_SENT, "ENDING_RESET_SENT"},
                                       {XTCP2_ENDING_TIMED_OUT, "ENDING_TIMED_OUT"},
                                       {XTCP2_ENDING_REFUSED, "ENDING_REFUSED"},
                                       {XTCP2_ENDING_FAILED, "ENDING_FAILED"},
                                       {XTCP2_ENDING_ABORTED, "ENDING_ABORTED"}};
constexpr EnumValue kSideValues[] = {
    {0, "SIDE_UNSPECIFIED"}, {XTCP2_SIDE_LOCAL, "SIDE_LOCAL"}, {XTCP2_SIDE_REMOTE, "SIDE_REMOTE"}};

struct EnumInfo {
  std::string_view type, prefix;
  std::span<const EnumValue> values;
};

EnumInfo Info(Enumeration enumeration) {
  switch (enumeration) {
    case Enumeration::kCongestion:
      return {"CongestionAlgorithm", "CONGESTION_ALGORITHM_", kCongestionValues};
    case Enumeration::kLocality:
      return {"Locality", "LOCALITY_", kLocalityValues};
    case Enumeration::kRecordKind:
      return {"RecordKind", "RECORD_KIND_", kRecordKindValues};
    case Enumeration::kCollector:
      return {"Collector", "COLLECTOR_", kCollectorValues};
    case Enumeration::kOpenedAs:
      return {"OpenedAs", "OPENED_AS_", kOpenedAsValues};
    case Enumeration::kEnding:
      return {"Ending", "ENDING_", kEndingValues};
    case Enumeration::kSide:
      return {"Side", "SIDE_", kSideValues};
    case Enumeration::kNone:
      break;
  }
  return {};
}

}  // namespace

std::string_view StateName(uint64_t state) { return state < kStates.size() ? kStates[state] : std::string_view{}; }

std::string_view EnumTypeName(Enumeration enumeration) { return Info(enumeration).type; }
std::string_view EnumPrefix(Enumeration enumeration) { return Info(enumeration).prefix; }
std::span<const EnumValue> EnumValues(Enumeration enumeration) { return Info(enumeration).values; }

std::string_view EnumValueName(Enumeration enumeration, uint64_t number) {
  const auto values = Info(enumeration).values;
  return number < values.size() ? values[number].name : std::string_view{};  // all enums count from 0 without gaps
}

CongestionAlgorithm CongestionFromName(std::string_view name) {
  // By the first letters, as the Go program does, so that variants ("bbr3", "dctcp-reno") map alike; prague is ours to
  // add.
  if (name.starts_with("cub")) return kCubic;
  if (name.starts_with("bbr2")) return kBbr2;
  if (name.starts_with("bbr3")) return kBbr3;
  if (name.starts_with("bbr")) return kBbr1;
  if (name.starts_with("dct")) return kDctcp;
  if (name.starts_with("veg")) return kVegas;
  if (name.starts_with("pra")) return kPrague;
  return kUnspecified;
}

}  // namespace xtcp2::schema
