#include "kafka/token.h"

#include <nlohmann/json.hpp>

namespace xtcp2::kafka {
namespace {

int Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-' || c == '+') return 62;
  return c == '_' || c == '/' ? 63 : -1;
}

// Base64 of either alphabet, padding or none; "" for anything else.
std::string FromBase64(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string out;
  unsigned bits = 0, have = 0;
  for (const char c : text) {
    const int digit = Digit(c);
    if (digit < 0) return "";
    bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xffffff;
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out += static_cast<char>(bits >> have & 0xff);
  }
  return out;
}

// The claims of a JSON web token (RFC 7519): the second of its three parts.
nlohmann::json Claims(std::string_view text) {
  const size_t first = text.find('.');
  if (first == std::string_view::npos) return {};
  const size_t second = std::min(text.find('.', first + 1), text.size());
  return nlohmann::json::parse(FromBase64(text.substr(first + 1, second - first - 1)), nullptr, false);
}

}  // namespace

Result<Token> ReadToken(std::string_view text, int64_t now_ms) {
  constexpr int64_t kUnknownLifeMs = 300'000;
  Token token{std::string(text), "unknown", now_ms + kUnknownLifeMs};
  const nlohmann::json claims = Claims(text);
  if (!claims.is_object()) return token;
  if (const auto subject = claims.find("sub"); subject != claims.end() && subject->is_string() && !subject->empty())
    token.principal = subject->get<std::string>();
  if (const auto expires = claims.find("exp"); expires != claims.end() && expires->is_number())
    token.expires_ms = static_cast<int64_t>(expires->get<double>() * 1000);
  if (token.expires_ms <= now_ms) return Fail("the token has expired");
  return token;
}

}  // namespace xtcp2::kafka
