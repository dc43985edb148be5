#include "config/output.h"

namespace xtcp2::config {

void ResolveOutputDefaults(Parsed& parsed, bool stdout_is_terminal) {
  Config& config = parsed.config;
  if (parsed.IsGiven("marshal") || config.dest != "stdout") return;
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
