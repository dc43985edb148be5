// xtcp_config.proto from the option table (help.h).
#include <fmt/format.h>

#include <algorithm>

#include "config/help.h"
#include "config/table.h"
#include "config/text.h"
#include "config/value.h"

namespace xtcp2::config {
namespace {

constexpr std::string_view kHead =
    R"(// The configuration as a message. Generated from the option table (src/config/rows_*.cc) by ./dev docs; a test compares, so change
// the table and not this file. Numbers below 9000 are those of the Go program. There, a field that is left out is zero, which most
// ranges refuse; our own fields, from 9000, have presence: left out, they are their defaults.
syntax = "proto3";

package xtcp_config.v1;

import "google/protobuf/duration.proto";

// Attributes by their keys (docs/flags.md). A key with the value false is off.
message EnabledDeserializers {
  map<string, bool> enabled = 1;
}

message XtcpConfig {
)";

std::string ProtoType(const Option& option) {
  const std::string_view type = TypeName(option);
  if (type == "duration") return "google.protobuf.Duration";
  if (type == "deserializers") return "EnabledDeserializers";
  if (type == "list") return "repeated string";
  const bool presence = option.IsOwnField();
  return fmt::format("{}{}", presence ? "optional " : "", type);
}

std::string Comment(const Option& option) {
  std::string text;
  if (!option.flag.empty()) text += fmt::format("-{}. ", option.flag);
  text += option.help;
  if (!option.unit.empty()) text += fmt::format(" [{}]", option.unit);
  std::string lines = "  // " + Wrapped(text, 5, 110);
  for (size_t at = lines.find("\n     "); at != std::string::npos; at = lines.find("\n     ", at + 1))
    lines.replace(at, 6, "\n  // ");
  return lines + "\n";
}

}  // namespace

std::string GenerateConfigProto() {
  std::vector<const Option*> fields;
  for (const Option& option : Options())
    if (!option.field.empty()) fields.push_back(&option);
  std::sort(fields.begin(), fields.end(), [](const Option* a, const Option* b) { return a->number < b->number; });
  std::string out(kHead);
  for (const Option* option : fields)
    out += fmt::format("{}  {} {} = {};\n", Comment(*option), ProtoType(*option), option->field, option->number);
  return out + "}\n";
}

}  // namespace xtcp2::config
