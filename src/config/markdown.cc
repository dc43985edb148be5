// docs/flags.md from the option table (help.h).
#include <fmt/format.h>

#include "config/deserializers.h"
#include "config/help.h"
#include "config/table.h"
#include "config/value.h"

namespace xtcp2::config {
namespace {

constexpr std::string_view kHead = R"(# Flags, environment variables, configuration fields

Generated from the option table (`src/config/rows_*.cc`) by `./dev docs`; a test compares, so change the table and not this page.

## How values are given

| order, later wins | source | rules |
|---|---|---|
| 1 | defaults | |
| 2 | a TOML file: `-config FILE` or `XTCP2_CONFIG` | keys are flag names (or the field's name where there is no flag); durations and texts are strings, lists arrays; an unknown key is an error |
| 3 | flags | `-name value`, `-name=value`, `--name=value`; a switch is set by `-name` and taken back by `-name=false`; `--` ends the flags; the last of two wins, but lists given one entry at a time add up |
| 4 | environment | an empty variable counts as unset; one that beats a flag is logged; `..._FILE` names a file with the value (the line break at its end is cut) and wins over the variable without `_FILE`; for numbers, a Kubernetes service address (`GRPC_PORT=tcp://...`) is ignored with a warning |
| 5 | `XTCP_CONFIG_JSON` | one `xtcp_config.v1.XtcpConfig` in protojson. It replaces every option that has a field: the Go program's fields (below 9000) that it leaves out are zero, ours are their defaults. Options without a field are not touched |

* Durations: Go's syntax, as in `300ms`, `1.5s`, `1h30m`; in JSON seconds, as in `"1.5s"`. Numbers: decimal digits. Switches: 1, t, T, TRUE, true, True, 0, f, F, FALSE, false, False.
* Every wrong value, unknown flag, unknown key and unknown field is an error that says where it came from; all of them are reported at once, and the exit code is 2.
* JSON names are the field names in lowerCamelCase; both are read. 64-bit numbers may be strings.
* Secrets are never printed; `-conf` shows every other value and where it comes from.
)";

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string Code(std::string_view text) { return text.empty() ? "" : fmt::format("`{}`", text); }

std::string FlagCell(const Option& option) {
  if (option.flag.empty()) return "–";
  std::string out = fmt::format("`-{}`", option.flag);
  if (!option.alias.empty()) out += fmt::format(", `-{}`", option.alias);
  return out;
}

std::string EnvironmentCell(const Option& option) {
  if (option.env.empty()) return "–";
  return Code(option.env) + (option.env_file.empty() ? "" : ", " + Code(option.env_file));
}

std::string FieldCell(const Option& option) {
  return option.field.empty() ? "–" : fmt::format("`{}` ({})", option.field, option.number);
}

std::string Row(const Option& option) {
  const std::string unit = option.unit.empty() ? "" : fmt::format(" [{}]", option.unit);
  const std::string_view type = option.IsAction() ? "switch" : TypeName(option);
  const std::string preset = option.IsAction() ? "" : option.preset.empty() ? "(empty)" : Code(option.preset);
  return fmt::format("| {} | {} | {} | {} | {} | {} | {}{}{} |\n", FlagCell(option), type, preset,
                     EnvironmentCell(option), FieldCell(option), Escaped(AllowedText(option)), Escaped(option.help),
                     unit, option.Is(kSecret) ? " Secret." : "");
}

std::string DeserializerTable() {
  std::string out = "\n## Deserializers\n\n| key | attribute | number | by default |\n|---|---|---|---|\n";
  for (const DeserializerKey& key : DeserializerKeys())
    out += fmt::format("| `{}` | {} | {} | {} |\n", key.name, key.kernel_name, key.attribute,
                       key.on_by_default ? "yes" : "no");
  return out;
}

}  // namespace

std::string GenerateFlagsMarkdown() {
  std::string out(kHead);
  const Option* last = nullptr;
  for (const Option& option : Options()) {
    if (last == nullptr || last->group != option.group)
      out += fmt::format(
          "\n## {}\n\n| flag | type | default | environment | field | accepted | meaning |\n"
          "|---|---|---|---|---|---|---|\n",
          GroupTitle(option.group));
    out += Row(option);
    last = &option;
  }
  return out + DeserializerTable();
}

}  // namespace xtcp2::config
