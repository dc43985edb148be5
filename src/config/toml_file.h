// A configuration file: TOML whose keys are flag names. Reads syntax only; what a key means is the table's matter. The
// TOML library stays behind this header.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace xtcp2::config {

// A float, a date or a table in an array, which no option takes; says what it is ("a decimal number").
struct Unusable {
  std::string what;
};

struct FileValue {
  std::string key;  // dotted where the file has tables: "profile.mode"
  size_t line = 0;
  std::variant<bool, int64_t, std::string, std::vector<std::string>, Unusable> value;
};

struct FileValues {
  std::vector<FileValue> values;    // in order of line
  std::vector<std::string> errors;  // "path:line: what"
};

// `path` is for messages only.
FileValues ReadToml(std::string_view text, std::string_view path);

}  // namespace xtcp2::config
