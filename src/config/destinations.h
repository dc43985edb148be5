// The entries of -dest: each a destination, and behind it flags that hold for it alone.
//
//   -dest 'kafka:k1:9092 -marshal protobufList -topic tcp' -dest 'file:/var/log/listen.jsonl -marshal jsonl -filter
//   "state listening"'
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "config/option.h"
#include "config/parse.h"

namespace xtcp2::config {

// Whether an entry of -dest may have it: what is about what is sent and how, not about what is collected.
bool IsPerDestination(const Option& option);

struct DestinationConfig {
  std::string dest;                             // the destination alone
  Config config;                                // with this entry's own values; `dest` is the destination alone
  bool own_filter = false, own_sample = false;  // -filter, -sample behind it: besides those of all
};

// An error names the entry and the flag. Entries without -marshal have the common one, but for a standard output among
// several: a table on a terminal, else jsonl, unless the common one is given.
Result<std::vector<DestinationConfig>> SplitDestinations(const Config& config);

// The entries, one a line, with what is secret in them replaced: in the destination, and values of secret flags.
std::string RedactDestinations(std::string_view entries);
// The destinations alone, without checks.
std::vector<std::string> DestinationsOf(std::string_view entries);

// "file:x -marshal csv" is split at blanks in front of a flag; quotes of either kind keep blanks.
Result<std::vector<std::string>> SplitWords(std::string_view text);

}  // namespace xtcp2::config
