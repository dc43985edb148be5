#include "config/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.h"

namespace xtcp2::config {
namespace {

constexpr std::string_view kRedacted = "redacted";

constexpr size_t kEnough = 200;  // bytes of a text in a message
std::string_view Ellipsis(std::string_view text) { return text.size() > kEnough ? "..." : ""; }

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Control characters as TOML escapes them, and a backslash before those of `special`.
std::string Escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (special.find(c) != std::string_view::npos)
      out += fmt::format("\\{}", c);
    else if (c == '\n')
      out += "\\n";
    else if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\u{:04x}", byte);
    else
      out += c;
  }
  return out;
}

bool SoundsSecret(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const std::string_view word : {"pass", "pwd", "token", "secret", "key", "auth", "sig", "cred"})
    if (lower.find(word) != std::string::npos) return true;
  return false;
}

// Where the user information of what stands behind the scheme ends: the place of its @, or 0 where there is none. A
// password that was not escaped may hold / or ?, so an @ further behind counts too unless a plain host stands in front.
size_t UserInformation(std::string_view rest) {
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) return at;
  const size_t colon = authority.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? "0" : authority.substr(colon + 1);
  const bool plain =
      !authority.empty() && !port.empty() && port.find_first_not_of("0123456789") == std::string_view::npos;
  const size_t at = rest.rfind('@');
  return plain || at == std::string_view::npos ? 0 : at;
}

// "?a=1&token=x#f" with the values of secret-sounding names replaced.
std::string RedactQuery(std::string_view query) {
  std::string out;
  for (size_t at = 0; at < query.size();) {
    const size_t end = std::min(query.find_first_of("&;#", at + 1), query.size());
    const std::string_view part = query.substr(at, end - at);
    const size_t equals = part.find('=');
    if (equals != std::string_view::npos && SoundsSecret(part.substr(0, equals)))
      out += fmt::format("{}={}", part.substr(0, equals), kRedacted);
    else
      out += part;
    at = end;
  }
  return out;
}

}  // namespace

std::vector<std::string> SplitList(std::string_view text, char separator) {
  std::vector<std::string> entries;
  while (true) {
    const size_t end = text.find(separator);
    if (const std::string_view entry = Trimmed(text.substr(0, end)); !entry.empty()) entries.emplace_back(entry);
    if (end == std::string_view::npos) return entries;
    text.remove_prefix(end + 1);
  }
}

std::string DidYouMean(std::string_view nearest) {
  return nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest);
}

size_t CountCharacters(std::string_view text) {
  size_t count = 0;
  for (size_t i = 0; i < text.size(); ++count) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    const int more = lead >= 0xf0 && lead < 0xf8 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc2 ? 1 : 0;
    for (int k = 0; k < more && lead < 0xf8 && i < text.size() && (text[i] & 0xc0) == 0x80; ++k) ++i;
  }
  return count;
}

std::string Quoted(std::string_view text) { return fmt::format("\"{}\"", Escaped(text, "\"\\")); }

std::string Shortened(std::string_view text) { return Escaped(text.substr(0, kEnough), "").append(Ellipsis(text)); }
std::string InQuotes(std::string_view text) { return Quoted(text.substr(0, kEnough)).append(Ellipsis(text)); }

std::string NearestName(std::string_view wrong, std::span<const std::string> known) {
  constexpr size_t kLongestName = 64;
  return wrong.size() > kLongestName ? "" : Nearest(wrong, known);
}

std::string RedactUrl(std::string_view url) {
  const size_t colon = url.find(':');
  const std::string_view scheme = colon == std::string_view::npos ? "" : url.substr(0, colon);
  if (scheme == "file" || scheme == "unix" || scheme == "unixgram") return std::string(url);
  size_t begin = scheme.empty() ? 0 : colon + 1;
  if (url.substr(begin).starts_with("//")) begin += 2;
  std::string_view rest = url.substr(begin);
  std::string out(url.substr(0, begin));
  if (const size_t end = UserInformation(rest); end > 0) {
    out += kRedacted;
    rest.remove_prefix(end);
  }
  const size_t query = std::min(rest.find('?'), rest.size());
  return out + std::string(rest.substr(0, query)) + RedactQuery(rest.substr(query));
}

std::string Wrapped(std::string_view text, size_t indent, size_t width) {
  std::string out;
  const size_t room = width - indent;
  while (text.size() > room) {
    size_t cut = text.rfind(' ', room);
    if (cut == std::string_view::npos || cut == 0) cut = std::min(text.find(' '), text.size());
    out += text.substr(0, cut);
    text.remove_prefix(std::min(cut + 1, text.size()));
    if (!text.empty()) out += "\n" + std::string(indent, ' ');
  }
  return out + std::string(text);
}

}  // namespace xtcp2::config
