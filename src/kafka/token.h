// A token for SASL OAUTHBEARER out of a file that somebody else keeps fresh.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace xtcp2::kafka {

struct Token {
  std::string text;        // secret
  std::string principal;   // who it is for; "unknown" where it does not say
  int64_t expires_ms = 0;  // wall time in milliseconds; in 5 minutes where it does not say
};

// A JSON web token, or anything else, which then counts as good for 5 minutes. The signature is the broker's matter. An
// error for one that has expired.
Result<Token> ReadToken(std::string_view text, int64_t now_ms);

}  // namespace xtcp2::kafka
