// Rules over the finished configuration (builder.h), each naming the sources of the values that clash.
#include <fmt/format.h>

#include <algorithm>

#include "config/builder.h"
#include "config/destinations.h"
#include "config/duration.h"
#include "config/output.h"
#include "config/table.h"
#include "config/text.h"
#include "config/value.h"
#include "encode/format.h"
#include "filter/sampler.h"

namespace xtcp2::config {
namespace {

// A feature that is not there is refused by name and never ignored; but XTCP_CONFIG_JSON names every field, also those
// that nobody wants, so zeros there ask for nothing.
void RefuseNotBuilt(const Option& option, Builder& builder) {
  const Origin& origin = builder.OriginOf(option);
  const Config& config = builder.parsed.config;
  if (option.built || origin.absent || SameValue(option, config, DefaultConfig())) return;
  if (origin.source == Source::kJson && SameValue(option, config, Config{})) return;
  bool redacted;
  const std::string preset = option.preset.empty() ? "empty" : std::string(option.preset);
  builder.ErrorOf(option, origin,
                  fmt::format("{} = {}: this feature is not built in this version; allowed: the default, {}",
                              option.Key(), InQuotes(ShownText(option, config, redacted)), preset));
}

void NoteUnread(const Option& option, Builder& builder) {
  const Origin& origin = builder.OriginOf(option);
  if (!option.Is(kUnread) || SameValue(option, builder.parsed.config, DefaultConfig())) return;
  builder.Notify(LogLevel::kInfo, fmt::format("{}: {} is accepted, but nothing reads it", origin.Text(), option.Key()));
}

// "30s (flag -timeout)".
std::string WithOrigin(const Option& option, const Builder& builder) {
  return fmt::format("{} ({})", ValueText(option, builder.parsed.config), builder.OriginOf(option).Text());
}

void CheckTimes(Builder& builder) {
  const Option& frequency = Row("frequency");
  const Option& timeout = Row("timeout");
  if (builder.IsFailed(frequency) || builder.IsFailed(timeout)) return;
  const Config& config = builder.parsed.config;
  if (config.poll_frequency > config.poll_timeout) return;
  builder.Error(fmt::format("-frequency {} must be longer than -timeout {}; lengthen the one or shorten the other",
                            WithOrigin(frequency, builder), WithOrigin(timeout, builder)));
}

void CheckSampling(Builder& builder) {
  const Option& modulus = Row("modulus");
  const Config& config = builder.parsed.config;
  if (builder.IsFailed(modulus) || builder.IsFailed(Row("sample")) || config.modulus <= 1) return;
  const auto sample = filter::ParseSampleRate(config.sample);
  if (sample && *sample != 1 && *sample != config.modulus)
    return builder.ErrorOf(
        modulus, builder.OriginOf(modulus),
        fmt::format("modulus {} and sample {} are two rates; leave one of them out", config.modulus, config.sample));
  builder.Notify(LogLevel::kWarning,
                 fmt::format("{}: modulus {} sends one connection in {}; in the Go program it never left any out",
                             builder.OriginOf(modulus).Text(), config.modulus, config.modulus));
}

void CheckFieldNames(const Option& option, const std::string& list, Builder& builder) {
  const auto epoch = builder.parsed.config.record_epoch == 1 ? schema::Epoch::k1 : schema::Epoch::k2;
  if (const auto fields = encode::ParseFields(list, epoch); !fields)
    builder.ErrorOf(option, builder.OriginOf(option), fmt::format("{}: {}", option.Key(), fields.error().Text()));
}

void CheckDestination(const ParseInput& input, Builder& builder) {
  const Option& option = Row("dest");
  if (builder.IsFailed(option)) return;
  const auto entries = SplitDestinations(builder.parsed.config);
  if (!entries) return builder.ErrorOf(option, builder.OriginOf(option), entries.error().Text());
  for (const DestinationConfig& entry : *entries) {
    if (const Result<encode::EncodeOptions> encode = MakeEncodeOptions(entry.config); !encode && entries->size() > 1)
      builder.ErrorOf(option, builder.OriginOf(option), encode.error().Text());
    if (!input.check_dest) continue;
    if (const Result<> checked = input.check_dest(entry.dest); !checked)
      builder.ErrorOf(option, builder.OriginOf(option), checked.error().Text());
  }
}

void CheckClientCertificate(Builder& builder) {
  const Config& config = builder.parsed.config;
  if (config.http_cert_file.empty() == config.http_key_file.empty()) return;
  const Option& given = Row(config.http_cert_file.empty() ? "httpKeyFile" : "httpCertFile");
  const Option& missing = Row(config.http_cert_file.empty() ? "httpCertFile" : "httpKeyFile");
  builder.ErrorOf(missing, builder.OriginOf(given), fmt::format("{} needs {} too", given.Key(), missing.Key()));
}

// Rows of epoch 1 have no field that tells a connection's last row from a poll's.
void CheckLedger(Builder& builder) {
  const Config& config = builder.parsed.config;
  if (config.ledger != "rows" || config.record_epoch != 1) return;
  const Option& option = Row("ledger");
  builder.ErrorOf(option, builder.OriginOf(option),
                  fmt::format("{} rows needs {} 2: rows of epoch 1 do not say what they are", option.Key(),
                              Row("recordEpoch").Key()));
}

// Options that the chosen destination does not read.
void NoteIdle(Builder& builder) {
  const std::vector<std::string> dests = DestinationsOf(builder.parsed.config.dest);
  const auto none = [&](std::string_view scheme) {
    return std::none_of(dests.begin(), dests.end(), [&](const std::string& dest) { return dest.starts_with(scheme); });
  };
  for (const Option& option : Options()) {
    const Origin& origin = builder.OriginOf(option);
    if (origin.source == Source::kDefault || origin.source == Source::kJson) continue;
    const bool for_file = option.flag.starts_with("destFile");
    const bool for_http = option.group == Group::kHttp && option.flag != "produceTimeout";
    const bool for_kafka = option.group == Group::kKafka;
    if ((for_file && none("file:")) || (for_http && none("http")) || (for_kafka && none("kafka:")))
      builder.Notify(LogLevel::kWarning,
                     fmt::format("{}: {} means nothing to the destination {}", origin.Text(), option.Key(),
                                 InQuotes(RedactDestinations(builder.parsed.config.dest))));
  }
}

}  // namespace

void Validate(const ParseInput& input, Builder& builder) {
  for (const Option& option : Options()) {
    if (option.IsAction() || builder.IsFailed(option)) continue;
    RefuseNotBuilt(option, builder);
    NoteUnread(option, builder);
  }
  CheckTimes(builder);
  CheckSampling(builder);
  CheckFieldNames(Row("columns"), builder.parsed.config.columns, builder);
  CheckFieldNames(Row("fields"), builder.parsed.config.fields, builder);
  CheckDestination(input, builder);
  CheckClientCertificate(builder);
  CheckLedger(builder);
  NoteIdle(builder);
}

}  // namespace xtcp2::config
