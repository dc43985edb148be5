#include "config/help.h"

#include <fmt/format.h>

#include "base/check.h"
#include "config/table.h"
#include "config/text.h"
#include "config/value.h"

namespace xtcp2::config {
namespace {

constexpr size_t kHelpColumn = 34;

constexpr std::string_view kIntroduction =
    R"(usage: xtcp2 [flags]
       xtcp2 SUBCOMMAND [flags] ...

Subcommands, each with a -help of its own: replay (records of captures), schema (the record and the options, for
programs and pages), estimate (what a configuration would send), bench (what it costs), doctor (what this host
allows), coverage (what share of all connections a daemon's ledger has).

Every TCP socket of every network namespace, as records. Flags are written -name value, -name=value or --name=value;
a switch is set by -name and taken back by -name=false. Later wins: defaults, the -config file, flags, environment,
XTCP_CONFIG_JSON.
)";

std::string_view ValueName(const Option& option) {
  if (option.IsBool()) return "";
  if (std::holds_alternative<Duration Config::*>(option.member)) return "DURATION";
  if (option.IsText()) return option.accept.words != nullptr ? "WORD" : "TEXT";
  if (option.IsList()) return option.Is(kLines) ? "TEXT" : "LIST";
  return std::holds_alternative<Deserializers Config::*>(option.member) ? "LIST" : "NUMBER";
}

// "default 10s; environment POLL_FREQUENCY".
std::string Remarks(const Option& option) {
  std::string out;
  const auto add = [&out](std::string_view text) { out += fmt::format("{}{}", out.empty() ? "" : "; ", text); };
  if (option.accept.words != nullptr) add(AllowedText(option));
  if (!option.preset.empty() && !option.IsAction()) add(fmt::format("default {}", option.preset));
  if (!option.unit.empty()) add(fmt::format("in {}", option.unit));
  if (!option.env.empty()) add(option.env);
  if (!option.env_file.empty()) add(option.env_file);
  return out.empty() ? "" : fmt::format(" ({})", out);
}

std::string Line(std::string_view name, std::string_view alias, std::string_view value, const std::string& text) {
  std::string head = fmt::format("  -{}", name);
  if (!alias.empty()) head += fmt::format(", -{}", alias);
  if (!value.empty()) head += fmt::format(" {}", value);
  const std::string body = Wrapped(text, kHelpColumn, kHelpWidth);
  if (head.size() + 2 > kHelpColumn) return fmt::format("{}\n{:{}}{}\n", head, "", kHelpColumn, body);
  return fmt::format("{:{}}{}\n", head, kHelpColumn, body);
}

std::string OptionLine(const Option& option) {
  return Line(option.flag, option.alias, ValueName(option), std::string(option.help) + Remarks(option));
}

bool IsListed(const Option& option, Group group) {
  return option.group == group && option.built && !option.flag.empty() && !option.Is(kAdvanced);
}

std::string GroupText(Group group) {
  std::string out;
  for (const Option& option : Options())
    if (IsListed(option, group)) out += OptionLine(option);
  return out.empty() ? "" : fmt::format("\n{}:\n{}", GroupTitle(group), out);
}

// Those that would only lengthen the page, by name.
std::string NotBuiltText() {
  std::string names;
  for (const Option& option : Options())
    if (!option.built) names += fmt::format("{}-{}", names.empty() ? "" : " ", option.flag);
  return fmt::format("\n{}:\n  {}\n", GroupTitle(Group::kLater), Wrapped(names, 2, kHelpWidth));
}

}  // namespace

std::string HelpText() {
  std::string out(kIntroduction);
  for (int group = 0; group < static_cast<int>(Group::kLater); ++group) out += GroupText(static_cast<Group>(group));
  out += "\nSeldom needed:\n";
  for (const Option& option : Options())
    if (option.built && option.Is(kAdvanced) && !option.flag.empty()) out += OptionLine(option);
  return out + NotBuiltText() + "\ndocs/flags.md has ranges, configuration fields and all else.\n";
}

std::string SubsetHelp(const std::vector<std::string>& names, const std::vector<OwnFlag>& own) {
  std::string out;
  for (const OwnFlag& flag : own) out += Line(flag.name, "", flag.is_switch ? "" : "VALUE", flag.help);
  for (const std::string& name : names) {
    const Option* option = FindFlag(name);
    XTCP2_CHECK(option != nullptr, "a subcommand asks for a flag that is not in the option table");
    out += Line(name, "", ValueName(*option), std::string(option->help));
  }
  return out;
}

}  // namespace xtcp2::config
