// XTCP_CONFIG_JSON: one XtcpConfig in protojson, which replaces every option that has a field there. The JSON library
// stays behind this header. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/option.h"

namespace xtcp2::config {

struct JsonConfig {
  std::vector<const Option*> present;  // options whose field was given
  std::vector<std::string> errors;     // without saying where the text came from
};

// Sets every option that has a field: to the given value where the text has one; else the Go program's fields to zero,
// which is what protojson means by leaving them out, and our own to their defaults. Names are lowerCamelCase or as in
// the proto; 64-bit numbers are numbers or strings. Ranges are not checked here. On errors `config` is changed as far
// as possible.
JsonConfig ApplyJson(std::string_view text, Config& config);

}  // namespace xtcp2::config
