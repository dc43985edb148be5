// Small text helpers of this folder: splitting lists, quoting, redaction, wrapping.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xtcp2::config {

// The entries between separators, blanks around them removed and empty ones skipped.
std::vector<std::string> SplitList(std::string_view text, char separator);

// The name somebody probably meant; "" when none is near, or when `wrong` is too long to be a misspelt name.
std::string NearestName(std::string_view wrong, std::span<const std::string> known);
// "; did you mean X?", or nothing when there is no X.
std::string DidYouMean(std::string_view nearest);
// For messages: control characters escaped, and cut where it is long; without and with double quotes around it.
std::string Shortened(std::string_view text);
std::string InQuotes(std::string_view text);

// How many code points; bytes that are not UTF-8 count as one each.
size_t CountCharacters(std::string_view text);

// In double quotes, with \ and control characters escaped: a valid TOML basic string when `text` is UTF-8.
std::string Quoted(std::string_view text);

// A URL, or a destination like "tcp:user:pass@host:1", with what people put secrets in taken out: user information, and
// values of query parameters that sound like secrets. Anything else comes back as it is.
std::string RedactUrl(std::string_view url);

// Breaks `text` at blanks so that each line, `indent` blanks included, has at most `width` bytes; the first line is not
// indented.
std::string Wrapped(std::string_view text, size_t indent, size_t width);

}  // namespace xtcp2::config
