// Go's command line syntax: -x v, -x=v, --x=v; a switch is set by -x and takes a value by -x=false only; -- ends the
// flags. Knows names, not values. Unlike Go's parser it goes on behind a word that is no flag, so that flags may follow
// file names. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/option.h"

namespace xtcp2::config {

struct FlagName {
  std::string name;
  bool is_switch = false;
  const Option* option = nullptr;  // null: a flag of the caller's own
};

struct GivenFlag {
  const FlagName* flag;  // into the span given to ScanFlags
  std::string text;      // "true" for a switch without a value
};

struct ScannedFlags {
  std::vector<GivenFlag> given;         // in order
  std::vector<std::string> positional;  // words that are no flags
  std::vector<std::string> errors;
  std::vector<std::string> switches_before;  // for each positional: the switch right before it, or ""
};

// `args` without the program's name.
ScannedFlags ScanFlags(std::span<const FlagName> flags, std::span<const std::string> args);

// The flags (aliases too) of every option.
std::vector<FlagName> AllFlagNames();

}  // namespace xtcp2::config
