// The deserializer keys: names of the attributes that can be asked for. Static data and pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/config.h"

namespace xtcp2::config {

struct DeserializerKey {
  std::string_view name;
  int attribute;  // INET_DIAG_*, the same number as schema::Part
  bool on_by_default;
  bool in_go;  // false: a key that the Go program does not have
  std::string_view kernel_name;
};
std::span<const DeserializerKey> DeserializerKeys();

Deserializers DefaultDeserializers();
Deserializers AllDeserializers();

// Adds the key; false when there is none of this name.
bool EnableDeserializer(std::string_view name, Deserializers& set);
// "default", "all", "none" or "" (none), or keys and those words separated by commas, blanks around them skipped. "" or
// what is wrong.
std::string ParseDeserializers(std::string_view text, Deserializers& set);
// The shortest text that ParseDeserializers reads as this set.
std::string DeserializersText(const Deserializers& set);
// "is not a deserializer; did you mean ...", for an unknown key.
std::string UnknownDeserializer(std::string_view name);

}  // namespace xtcp2::config
