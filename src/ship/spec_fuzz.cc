// -dest strings: whatever they hold, parsing ends, and what is printed of a URL holds nothing of its user part.
#include <cstdlib>

#include "ship/spec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto spec = xtcp2::ship::ParseDest(text);
  if (!spec && spec.error().Text().empty()) std::abort();
  if (spec && spec->Redacted().empty()) std::abort();
  constexpr std::string_view kSecret = "s3cret";
  const std::string with_user = "http://u:" + std::string(kSecret) + "@" + text;
  if (text.find(kSecret) == std::string::npos && xtcp2::ship::RedactUrl(with_user).find(kSecret) != std::string::npos)
    std::abort();
  return 0;
}
