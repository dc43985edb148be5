#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <span>

#include "schema/export.h"
#include "schema/export_text.h"
#include "schema/names.h"
#include "schema/table.h"

namespace xtcp2::schema {
namespace {

std::string_view RepeatName(Repeat repeat) {
  switch (repeat) {
    case Repeat::kHost:
      return "host";
    case Repeat::kLow:
      return "low";
    case Repeat::kHigh:
      return "high";
  }
  return {};
}

std::string NumberText(unsigned number) { return number == 0 ? std::string() : fmt::format("{}", number); }

nlohmann::ordered_json FieldJson(const Field& field) {
  nlohmann::ordered_json out;
  if (field.In(Epoch::k2)) {
    out["number"] = field.number;
    out["name"] = field.name;
    out["jsonName"] = JsonName(field.name);
  }
  if (field.In(Epoch::k1)) {
    out["epoch1Number"] = field.number1;
    out["epoch1Name"] = field.name1;
    out["epoch1JsonName"] = JsonName(field.name1);
  }
  out["type"] = field.type == Type::kEnum ? "enum" : ProtoTypeName(field);
  if (field.type == Type::kEnum) out["enum"] = ProtoTypeName(field);
  if (field.part != Part::kNone) out["part"] = PartName(field.part);
  if (IsKernelPart(field.part)) {
    out["attribute"] = Index(field.part);
    out["offset"] = field.offset;
    out["load"] = LoadWord(field);
  }
  out["unit"] = field.unit;
  out["doc"] = field.doc;
  out["repeats"] = RepeatName(field.repeat);
  out["rare"] = field.rare;
  return out;
}

nlohmann::ordered_json EnumJson(Enumeration enumeration) {
  nlohmann::ordered_json out = {{"name", EnumTypeName(enumeration)}, {"values", nlohmann::ordered_json::object()}};
  for (const EnumValue& value : EnumValues(enumeration)) out["values"][std::string(value.name)] = value.number;
  return out;
}

// RFC 4180: quoted where it holds a comma, a quote or a line break; quotes doubled.
void AppendCsv(std::string& out, std::span<const std::string> cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i != 0) out += ',';
    if (cells[i].find_first_of(",\"\r\n") == std::string::npos) {
      out += cells[i];
      continue;
    }
    out += '"';
    for (const char c : cells[i]) out.append(c == '"' ? 2 : 1, c);
    out += '"';
  }
  out += '\n';
}

std::string If(bool there, std::string_view text) { return there ? std::string(text) : std::string(); }

}  // namespace

std::string ExportJson() {
  nlohmann::ordered_json fields = nlohmann::ordered_json::array();
  for (const Field& field : kFields) fields.push_back(FieldJson(field));
  nlohmann::ordered_json enums = nlohmann::ordered_json::array();
  for (const Enumeration enumeration : EnumsOf(Epoch::k2)) enums.push_back(EnumJson(enumeration));
  return nlohmann::ordered_json{{"fields", fields}, {"enums", enums}}.dump(1) + "\n";
}

std::string ExportCsv() {
  std::string out = "number,name,json_name,epoch1_number,epoch1_name,type,part,offset,load,unit,repeats,rare,doc\n";
  for (const Field& field : kFields) {
    const bool now = field.In(Epoch::k2), kernel = IsKernelPart(field.part);
    const std::array<std::string, 13> cells = {
        NumberText(field.number),
        If(now, field.name),
        now ? JsonName(field.name) : "",
        NumberText(field.number1),
        If(field.In(Epoch::k1), field.name1),
        std::string(ProtoTypeName(field)),
        std::string(PartName(field.part)),
        kernel ? fmt::format("{}", field.offset) : "",
        kernel ? LoadWord(field) : "",
        std::string(field.unit),
        std::string(RepeatName(field.repeat)),
        field.rare ? "1" : "0",
        std::string(field.doc),
    };
    AppendCsv(out, cells);
  }
  return out;
}

}  // namespace xtcp2::schema
