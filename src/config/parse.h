// From the command line, the environment and a file to a Config: defaults < file < flags < environment <
// XTCP_CONFIG_JSON. Pure but for the file reader it is given, so that SIGHUP can call it again. Finds every error, not
// just the first; prints and logs nothing.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "config/config.h"
#include "config/option.h"

namespace xtcp2::config {

enum class Source : uint8_t { kDefault, kFile, kFlag, kEnvironment, kJson };

// Where a value comes from.
struct Origin {
  Source source = Source::kDefault;
  std::string where;    // "xtcp2.toml:12", "-frequency", "POLL_FREQUENCY", "DEST_FILE"
  bool absent = false;  // XTCP_CONFIG_JSON replaced it by saying nothing of it

  // "default", "xtcp2.toml:12", "flag -frequency", "environment POLL_FREQUENCY", "XTCP_CONFIG_JSON".
  std::string Text() const;
};

// Something that the log should say once the level is known.
struct Notice {
  LogLevel level;
  std::string text;
};

struct ParseInput {
  std::vector<std::string> args;  // without the program's name
  std::map<std::string, std::string> environment;
  // Reads a whole file. Null: there are no files.
  std::function<Result<std::string>(const std::string& path)> read_file;
  // Says what is wrong with a destination. Null: only its length is checked.
  std::function<Result<>(std::string_view dest)> check_dest;
};

struct Parsed {
  Mode mode = Mode::kRun;
  std::string subcommand;  // for kSubcommand: the first word, when it is no flag; nothing else was looked at then
  Config config;
  std::vector<Origin> origins;  // by the index of Options()
  std::vector<std::string>
      errors;  // each with its origin, what is wrong, what is allowed; empty: the configuration is valid
  std::vector<Notice> notices;
  std::vector<std::string> empty_environment;  // names set to nothing, which count as unset

  // What ParseSubset was given besides options.
  std::vector<std::string> positional;
  std::map<std::string, std::string> own_flags;

  const Origin& OriginOf(std::string_view key) const;  // by flag, or field where there is no flag
  bool IsGiven(std::string_view key) const { return OriginOf(key).source != Source::kDefault; }
};

Parsed Parse(const ParseInput& input);

// For subcommands that use some of the options: `names` are flag names of the table, `own` what the subcommand has
// besides.
struct OwnFlag {
  std::string name;
  bool is_switch = false;
  std::string help;
};
// Flags and positional words only: no file, no environment. -help and -h are always known and set the mode.
Parsed ParseSubset(const std::vector<std::string>& names, const std::vector<OwnFlag>& own,
                   const std::vector<std::string>& args);

// The environment of this process, and a file reader for ParseInput (at most 16 MiB; regular files, pipes and the
// like).
std::map<std::string, std::string> ProcessEnvironment();
Result<std::string> ReadWholeFile(const std::string& path);

}  // namespace xtcp2::config
