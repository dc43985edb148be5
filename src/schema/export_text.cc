#include "schema/export_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "schema/names.h"
#include "schema/table.h"

namespace xtcp2::schema {
namespace {

struct Section {
  unsigned from;  // first number
  std::string_view title;
};
constexpr Section kSections[] = {
    {1, "Provenance, time, host, namespace, container, bookkeeping"},
    {100, "Uplink 1"},
    {200, "Uplink 2"},
    {300, "Where the peer is"},
    {1001, "The socket (struct inet_diag_msg)"},
    {1101, "Memory (INET_DIAG_MEMINFO)"},
    {1201, "struct tcp_info (INET_DIAG_INFO)"},
    {1300, "Congestion control"},
    {1401, "Type of service and traffic class"},
    {1501, "Socket memory (INET_DIAG_SKMEMINFO)"},
    {1600, "Shutdown"},
    {1701, "Vegas (INET_DIAG_VEGASINFO)"},
    {1801, "DCTCP (INET_DIAG_DCTCPINFO)"},
    {1901, "BBR (INET_DIAG_BBRINFO)"},
    {2001, "Class, socket options, cgroup"},
    {9000, "This daemon's own fields"},
};

}  // namespace

std::vector<Enumeration> EnumsOf(Epoch epoch) {
  std::vector<Enumeration> out;
  for (const Field& field : kFields) {
    if (field.type != Type::kEnum || !field.In(epoch)) continue;
    if (std::find(out.begin(), out.end(), field.enumeration) == out.end()) out.push_back(field.enumeration);
  }
  return out;
}

std::string_view ProtoTypeName(const Field& field) {
  switch (field.type) {
    case Type::kUint32:
      return "uint32";
    case Type::kUint64:
      return "uint64";
    case Type::kInt64:
      return "int64";
    case Type::kString:
      return "string";
    case Type::kBytes:
      return "bytes";
    case Type::kEnum:
      return EnumTypeName(field.enumeration);
  }
  return {};
}

std::string_view PartName(Part part) {
  switch (part) {
    case Part::kMsg:
      return "inet_diag_msg";
    case Part::kMemInfo:
      return "INET_DIAG_MEMINFO";
    case Part::kInfo:
      return "INET_DIAG_INFO";
    case Part::kVegas:
      return "INET_DIAG_VEGASINFO";
    case Part::kCong:
      return "INET_DIAG_CONG";
    case Part::kTos:
      return "INET_DIAG_TOS";
    case Part::kTclass:
      return "INET_DIAG_TCLASS";
    case Part::kSkMem:
      return "INET_DIAG_SKMEMINFO";
    case Part::kShutdown:
      return "INET_DIAG_SHUTDOWN";
    case Part::kDctcp:
      return "INET_DIAG_DCTCPINFO";
    case Part::kSkV6Only:
      return "INET_DIAG_SKV6ONLY";
    case Part::kMark:
      return "INET_DIAG_MARK";
    case Part::kBbr:
      return "INET_DIAG_BBRINFO";
    case Part::kClassId:
      return "INET_DIAG_CLASS_ID";
    case Part::kUlp:
      return "INET_DIAG_ULP_INFO";
    case Part::kCgroup:
      return "INET_DIAG_CGROUP_ID";
    case Part::kSockopt:
      return "INET_DIAG_SOCKOPT";
    case Part::kContext:
      return "daemon";
    case Part::kRow:
      return "derived";
    case Part::kLedger:
      return "ledger";
    case Part::kNone:
      break;
  }
  return {};
}

bool IsKernelPart(Part part) { return Index(part) < Index(Part::kContext); }

std::string LoadWord(const Field& field) {
  switch (field.load) {
    case Load::kZero:
      return {};
    case Load::kU8:
      return "u8";
    case Load::kU16:
      return "u16";
    case Load::kU32:
      return "u32";
    case Load::kU64:
      return "u64";
    case Load::kBig16:
      return "u16 big-endian";
    case Load::kBits:
      if (field.bits == 1) return fmt::format("bit {}", field.shift);
      return fmt::format("bits {}-{}", field.shift, field.shift + field.bits - 1);
    case Load::kBytes16:
      return "16 bytes";
    case Load::kName16:
    case Load::kText:
      return "text";
  }
  return {};
}

std::string PlaceText(const Field& field) {
  if (field.part == Part::kNone) return {};
  if (!IsKernelPart(field.part)) return std::string(PartName(field.part));
  return fmt::format("{} offset {} {}", PartName(field.part), field.offset, LoadWord(field));
}

std::string_view SectionTitle(const Field& field) {
  std::string_view title;
  for (const Section& section : kSections)
    if (AnyNumber(field) >= section.from) title = section.title;
  return title;
}

std::string Wrap(std::string_view text, std::string_view prefix, size_t width) {
  std::string out;
  size_t line = 0;  // bytes in the present line; 0: none begun
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    at = end + 1;
    if (line != 0 && line + 1 + word.size() <= width) {
      out += ' ';
      line += 1;
    } else {
      if (line != 0) out += '\n';
      out += prefix;
      line = prefix.size();
    }
    out += word;
    line += word.size();
  }
  return out + "\n";
}

}  // namespace xtcp2::schema
