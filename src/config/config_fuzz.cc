// Configuration from strangers: a TOML file, XTCP_CONFIG_JSON, a command line and an environment, chosen by the first
// byte. Nothing may crash, and what is accepted must come back from what -conf prints of it.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "config/parse.h"
#include "config/show.h"
#include "config/table.h"
#include "config/text.h"
#include "config/value.h"

namespace {

using namespace xtcp2;
using namespace xtcp2::config;

ParseInput InputFrom(uint8_t kind, const std::string& text) {
  ParseInput input;
  switch (kind % 4) {
    case 0:
      input.args = {"-config=x"};
      input.read_file = [text](const std::string&) -> Result<std::string> { return text; };
      break;
    case 1:
      input.environment["XTCP_CONFIG_JSON"] = text;
      break;
    case 2:
      input.args = SplitList(text, '\n');
      break;
    default:
      for (const std::string& line : SplitList(text, '\n'))
        if (const size_t equals = line.find('='); equals != std::string::npos)
          input.environment[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return input;
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void CheckReadsBack(const Parsed& parsed) {
  const std::string text = ConfText(parsed);
  if (!IsAscii(text)) return;  // bytes that are not UTF-8 are no TOML
  ParseInput input;
  input.args = {"-config=x"};
  input.read_file = [&text](const std::string&) -> Result<std::string> { return text; };
  Parsed again = Parse(input);
  XTCP2_CHECK(again.errors.empty(), again.errors.empty() ? "" : again.errors[0].c_str());
  for (const Option& option : Options()) {
    bool redacted;
    ShownText(option, parsed.config, redacted);
    if (redacted || !option.built || option.Key() == "config") CopyValue(option, parsed.config, again.config);
    XTCP2_CHECK(SameValue(option, parsed.config, again.config), std::string(option.Key()).c_str());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Parsed parsed = Parse(InputFrom(data[0], std::string(reinterpret_cast<const char*>(data) + 1, size - 1)));
  if (parsed.errors.empty() && parsed.mode != Mode::kSubcommand) CheckReadsBack(parsed);
  return 0;
}
