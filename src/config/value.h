// The value of one option as text: set from it, compared, written, and what is allowed. The text is what one would
// write on the command line or in the environment. Messages never hold the value of a secret option. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "config/option.h"

namespace xtcp2::config {

// Sets the option's member. "" on success; else what is wrong and what is allowed, and the member is as it was. Not for
// actions.
std::string SetFromText(const Option& option, std::string_view text, Config& config);

// Go's spellings: 1, t, T, TRUE, true, True, 0, f, F, FALSE, false, False. False when it is none of them.
bool ParseBool(std::string_view text, bool& value);

// Whether the member's value is one that the option accepts: "" or what is wrong and what is allowed.
std::string CheckAccepted(const Option& option, const Config& config);

// The value in the form that SetFromText reads; secrets included, so not for people.
std::string ValueText(const Option& option, const Config& config);
// The same for people: secrets replaced. `redacted` says whether anything was.
std::string ShownText(const Option& option, const Config& config, bool& redacted);
// What may be said of a text meant for this option: the text in quotes, or with its secrets taken out.
std::string ShownInput(const Option& option, std::string_view text);

bool SameValue(const Option& option, const Config& a, const Config& b);
void CopyValue(const Option& option, const Config& from, Config& to);
// The value that an absent protobuf field has: 0, false, "", no entries.
void SetToZero(const Option& option, Config& config);

// "bool", "uint32", "uint64", "duration", "string", "list", "deserializers"; "" for actions.
std::string_view TypeName(const Option& option);
// What is allowed, as in "a whole number from 1 to 100" or "1 to 80 characters".
std::string AllowedText(const Option& option);

}  // namespace xtcp2::config
