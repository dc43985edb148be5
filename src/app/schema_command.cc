#include <cstdio>
#include <functional>
#include <map>

#include "app/commands.h"
#include "config/differences.h"
#include "config/help.h"
#include "schema/export.h"

namespace xtcp2::app {
namespace {

using schema::Epoch;

constexpr const char* kUsage =
    "usage: xtcp2 schema WHAT [-recordEpoch 1|2]\n"
    "Prints from the one table of the record, or from the option table:\n"
    "  proto         the .proto of the record\n"
    "  json, csv     the fields, one by one\n"
    "  markdown      the reference page of the record\n"
    "  clickhouse    tables for ClickHouse\n"
    "  flags         the reference page of the flags\n"
    "  config-proto  the .proto of the configuration\n"
    "  migrating     what differs from the Go program\n";

const std::map<std::string, std::function<std::string(Epoch)>>& Exports() {
  static const std::map<std::string, std::function<std::string(Epoch)>> exports = {
      {"proto", [](Epoch epoch) { return schema::ExportProto(epoch); }},
      {"clickhouse", [](Epoch epoch) { return schema::ExportClickhouse(epoch); }},
      {"json", [](Epoch) { return schema::ExportJson(); }},
      {"csv", [](Epoch) { return schema::ExportCsv(); }},
      {"markdown", [](Epoch) { return schema::ExportMarkdown(); }},
      {"flags", [](Epoch) { return config::GenerateFlagsMarkdown(); }},
      {"config-proto", [](Epoch) { return config::GenerateConfigProto(); }},
      {"migrating", [](Epoch) { return config::GenerateMigratingMarkdown(); }},
  };
  return exports;
}

}  // namespace

int SchemaCommand(const std::vector<std::string>& args) {
  const config::Parsed parsed = config::ParseSubset({"recordEpoch"}, {}, args);
  if (parsed.mode == config::Mode::kHelp) {
    std::fputs(kUsage, stdout);
    return kExitOk;
  }
  for (const std::string& error : parsed.errors) std::fprintf(stderr, "xtcp2 schema: %s\n", error.c_str());
  if (!parsed.errors.empty()) return kExitUsage;
  const auto found = parsed.positional.size() == 1 ? Exports().find(parsed.positional[0]) : Exports().end();
  if (found == Exports().end()) {
    std::fputs(kUsage, stderr);
    return kExitUsage;
  }
  const std::string text = found->second(parsed.config.record_epoch == 1 ? Epoch::k1 : Epoch::k2);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    std::perror("xtcp2 schema: writing to standard output");
    return kExitRuntime;
  }
  return kExitOk;
}

}  // namespace xtcp2::app
