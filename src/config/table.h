// The option table and how rows are found. Static, immutable, shared by all threads.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/option.h"

namespace xtcp2::config {

// Every option, group by group. Index into it is what Parsed::origins is indexed by.
std::span<const Option> Options();
// The place of a row of Options().
size_t IndexOf(const Option& option);

// By flag name or alias (without dashes); by the key of a configuration file; by proto or JSON name of the field. Null:
// none.
const Option* FindFlag(std::string_view name);
const Option* FindKey(std::string_view key);
const Option* FindField(std::string_view name);
// As FindKey, for names written in the program: a name that is not there is a bug and aborts.
const Option& Row(std::string_view key);

// "poll_frequency" as protojson writes it: "pollFrequency".
std::string JsonName(const Option& option);

std::string_view GroupTitle(Group group);

}  // namespace xtcp2::config
