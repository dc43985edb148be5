#include "config/output.h"

#include "config/destinations.h"
#include "config/text.h"

namespace xtcp2::config {
namespace {

// A standard output among several destinations, or with flags of its own, that says no format.
std::string WithFormatOfStdout(std::string_view entries, bool terminal) {
  std::string out;
  for (std::string& line : SplitList(entries, '\n')) {
    const bool plain = DestinationsOf(line) == std::vector<std::string>{"stdout"};
    if (plain && line.find("-marshal") == std::string::npos) line += terminal ? " -marshal table" : " -marshal jsonl";
    out += (out.empty() ? "" : "\n") + line;
  }
  return out;
}

}  // namespace

void ResolveOutputDefaults(Parsed& parsed, bool stdout_is_terminal) {
  Config& config = parsed.config;
  if (parsed.IsGiven("marshal")) return;
  if (config.dest != "stdout") config.dest = WithFormatOfStdout(config.dest, stdout_is_terminal);
  if (config.dest != "stdout") return;
  if (stdout_is_terminal)
    config.marshal = encode::FormatName(encode::Format::kTable);
  else if (!parsed.IsGiven("dest"))
    config.marshal = encode::FormatName(encode::Format::kJsonl);
}

Result<encode::EncodeOptions> MakeEncodeOptions(const Config& config) {
  encode::EncodeOptions options;
  const auto format = encode::ParseFormat(config.marshal);
  if (!format) return Fail("no output format is called " + config.marshal);
  options.format = *format;
  options.epoch = config.record_epoch == 1 ? schema::Epoch::k1 : schema::Epoch::k2;
  const bool in_columns =
      *format == encode::Format::kCsv || *format == encode::Format::kTsv || *format == encode::Format::kTable;
  const std::string& list = in_columns && !config.columns.empty() ? config.columns : config.fields;
  auto fields = encode::ParseFields(list, options.epoch);
  if (!fields) return tl::unexpected(fields.error());
  options.fields = std::move(*fields);
  return options;
}

}  // namespace xtcp2::config
