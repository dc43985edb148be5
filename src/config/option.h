// What one option is. An option is written once, as a row in rows_*.cc; parsing, -help, -conf, docs/flags.md,
// docs/migrating.md and xtcp_config.proto read it from there. Static data.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/config.h"

namespace xtcp2::config {

// Where the value goes; the alternative is the option's type. monostate: an action (-help, -version, ...) that is no
// setting.
using Member = std::variant<std::monostate, bool Config::*, uint32_t Config::*, uint64_t Config::*, Duration Config::*,
                            std::string Config::*, std::vector<std::string> Config::*, Deserializers Config::*>;

// What the program was asked to do. In order of precedence when several are given.
enum class Mode : uint8_t { kHelp, kVersion, kConf, kConfigCheck, kHealthcheck, kRun, kSubcommand };

// What a value may be beyond its type.
struct Accept {
  // Numbers: the value; durations: nanoseconds; strings: characters (code points); lists: entries.
  uint64_t min = 0;
  uint64_t max = std::numeric_limits<uint64_t>::max();
  // The allowed words; null: any text.
  std::span<const std::string_view> (*words)() = nullptr;
  // What is wrong with the text ("has no port"), or "" when nothing is; `rule` says the same for people beforehand.
  std::string (*problem)(std::string_view) = nullptr;
  std::string_view rule = {};
};

enum class Group : uint8_t {
  kPolling,
  kNetlink,
  kSelection,
  kUring,
  kBpf,
  kRecord,
  kOutput,
  kHttp,
  kSpool,
  kKafka,
  kCapture,
  kServing,
  kProcess,
  kConfiguration,
  kLater
};

enum Trait : uint8_t {
  kSecret = 1,    // never printed
  kUrl = 2,       // user information and secret-looking query values are not printed
  kAdvanced = 4,  // seldom needed: -help names it in one line with the others
  kLines = 8,     // a list: the flag may be repeated, environment and file have one entry a line (else: commas)
  kUnread = 16,   // accepted, and does nothing
};

struct Option {
  std::string_view flag = {};   // without the dash; empty: none
  std::string_view alias = {};  // another name of the same flag
  std::string_view env = {};
  std::string_view env_file = {};  // names a file that holds the value
  std::string_view field = {};     // in XtcpConfig; empty: not there
  uint16_t number = 0;             // its number; the Go program's are below 9000, ours from 9000 on
  Member member = {};
  std::string_view preset = {};  // the default, as one would write it
  Accept accept = {};
  std::string_view unit = {};
  Group group = Group::kLater;
  uint8_t traits = 0;
  bool built = true;       // false: refused unless it has its default
  Mode mode = Mode::kRun;  // for actions: what the flag asks for
  std::string_view help = {};

  bool Is(Trait trait) const { return (traits & trait) != 0; }
  bool IsAction() const { return std::holds_alternative<std::monostate>(member); }
  bool IsBool() const { return IsAction() || std::holds_alternative<bool Config::*>(member); }
  bool IsText() const { return std::holds_alternative<std::string Config::*>(member); }
  bool IsList() const { return std::holds_alternative<std::vector<std::string> Config::*>(member); }
  bool IsOwnField() const { return number >= 9000; }
  // The name in a configuration file, in -conf and in messages: the flag, or the field where there is none.
  std::string_view Key() const { return flag.empty() ? field : flag; }
};

constexpr Accept Between(uint64_t min, uint64_t max) { return {.min = min, .max = max}; }
constexpr Accept AtMost(uint64_t max) { return {.max = max}; }
constexpr Accept AtLeast(uint64_t min) { return {.min = min}; }
// For durations: more than nothing.
constexpr Accept Within(Duration min, Duration max) {
  return {.min = static_cast<uint64_t>(min.count()), .max = static_cast<uint64_t>(max.count())};
}

}  // namespace xtcp2::config
