#include "encode/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/nearest.h"
#include "encode/delimited.h"
#include "encode/fields.h"
#include "encode/table.h"

namespace xtcp2::encode {
namespace {

using schema::Epoch;

constexpr std::array<std::string_view, 9> kNames = {"protobufList", "protoJson", "protoText", "msgpack", "jsonl",
                                                    "humanize",     "csv",       "tsv",       "table"};

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// A name in quotes as it may stand in a message: cut, and only printable ASCII.
std::string Shown(std::string_view name) {
  constexpr size_t kEnough = 60;
  std::string out(name.substr(0, kEnough));
  std::replace_if(out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  if (name.size() > kEnough) out += "...";
  return '"' + out + '"';
}

std::string UnknownField(std::string_view name, Epoch epoch) {
  std::vector<std::string> known;
  for (const uint16_t i : schema::FieldsOf(epoch)) {
    known.emplace_back(schema::kFields[i].Name(epoch));
    known.push_back(schema::JsonName(known.back()));
  }
  const std::string nearest = Nearest(name, known);
  return fmt::format("no field of the record is called {}{}", Shown(name),
                     nearest.empty() ? "; 'xtcp2 schema markdown' lists them" : "; did you mean \"" + nearest + "\"?");
}

Result<uint16_t> ParseField(std::string_view name, Epoch epoch) {
  if (const auto found = schema::FindField(name, epoch)) return static_cast<uint16_t>(*found);
  const Epoch other = epoch == Epoch::k1 ? Epoch::k2 : Epoch::k1;
  if (!schema::FindField(name, other)) return Fail(UnknownField(name, epoch));
  const int has = static_cast<int>(other);
  return Fail(fmt::format("the field {} is in record epoch {} only; leave it out or use -recordEpoch {}", Shown(name),
                          has, has));
}

FrameKind KindOf(Format format) {
  switch (format) {
    case Format::kProtobufList:
      return FrameKind::kVarint;
    case Format::kProtoJson:
      return FrameKind::kJsonRows;
    case Format::kProtoText:
      return FrameKind::kProtoText;
    case Format::kMsgpack:
      return FrameKind::kMsgpackRows;
    default:
      return FrameKind::kPlain;
  }
}

const char* ContentType(Format format) {
  switch (format) {
    case Format::kJsonl:
      return "application/x-ndjson";
    case Format::kProtoJson:
      return "application/json";
    case Format::kCsv:
      return "text/csv";
    case Format::kTsv:
      return "text/tab-separated-values";
    case Format::kProtoText:
    case Format::kTable:
      return "text/plain; charset=utf-8";
    default:
      return "application/octet-stream";
  }
}

std::string Header(const EncodeOptions& options) {
  switch (options.format) {
    case Format::kCsv:
      return CsvStyle::Header(options);
    case Format::kTsv:
      return TsvStyle::Header(options);
    case Format::kTable:
      return TableStyle(options).Header();
    default:
      return {};
  }
}

}  // namespace

std::span<const std::string_view> FormatNames() { return kNames; }

std::optional<Format> ParseFormat(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Format>(found - kNames.begin());
}

std::string_view FormatName(Format format) { return kNames[static_cast<size_t>(format)]; }

Result<std::vector<uint16_t>> ParseFields(std::string_view list, Epoch epoch) {
  std::vector<uint16_t> fields;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    const std::string_view name = Trimmed(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (name.empty()) continue;
    const auto field = ParseField(name, epoch);
    if (!field) return tl::unexpected(field.error());
    fields.push_back(*field);
  }
  return fields;
}

Framing MakeFraming(const EncodeOptions& options) {
  return {std::string(FormatName(options.format)), KindOf(options.format), Header(options),
          ContentType(options.format)};
}

}  // namespace xtcp2::encode
