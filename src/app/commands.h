// What `xtcp2 ...` can be told to do. Each gives the process's exit code: 0 good, 1 failed while running, 2 usage or
// configuration.
#pragma once

#include <string>
#include <vector>

#include "config/parse.h"

namespace xtcp2::app {

inline constexpr int kExitOk = 0, kExitRuntime = 1, kExitUsage = 2;

// Everything behind main(): `args` without the program's name.
int Main(const std::vector<std::string>& args);

// The daemon, until it is told to stop or -maxLoops polls are done. `args` are parsed again when the configuration file
// changed.
int RunDaemon(const std::vector<std::string>& args, config::Parsed parsed);

// The command line, this process's environment and files, for config::Parse().
config::ParseInput MakeParseInput(const std::vector<std::string>& args);

// `xtcp2 schema proto|json|csv|markdown|clickhouse|flags|config-proto|migrating`.
int SchemaCommand(const std::vector<std::string>& args);

// `xtcp2 replay [flags] FILE...`.
int ReplayCommand(const std::vector<std::string>& args);

// `xtcp2 bench [flags] [-- flags of the daemon]`.
int BenchCommand(const std::vector<std::string>& args);

// `xtcp2 coverage [-json] [-by namespaces|ports] [flags of the daemon]`.
int CoverageCommand(const std::vector<std::string>& args);

// `xtcp2 estimate [flags of the daemon] [-polls N]`.
int EstimateCommand(const std::vector<std::string>& args);

// `xtcp2 doctor [-json]`: what this host allows.
int DoctorCommand(const std::vector<std::string>& args);

}  // namespace xtcp2::app
