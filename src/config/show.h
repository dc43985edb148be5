// What -conf and -configCheck print. No secret is in either. Pure but for CheckHost.
#pragma once

#include <string>
#include <vector>

#include "config/parse.h"

namespace xtcp2::config {

// -conf: every value with its origin, as a TOML file that -config reads back to the same settings; defaults and what
// was redacted are comments in it.
std::string ConfText(const Parsed& parsed);

// Things outside the configuration that it needs, as far as they can be checked without privileges: files that exist
// and can be read, directories that can be written. Errors in the form of Parsed::errors.
std::vector<std::string> CheckHost(const Parsed& parsed);

// -configCheck: notices, the differences to the Go program that these settings meet, errors (of `parsed`, and `more`),
// and the verdict, which is "configuration is valid" when there are none; the exit code is then 0, else 2.
std::string ConfigCheckText(const Parsed& parsed, const std::vector<std::string>& more);

}  // namespace xtcp2::config
