// The option table written out for people and for protoc: -help, docs/flags.md, xtcp_config.proto. Pure functions of
// the table; the committed docs/flags.md and proto/xtcp_config/v1/xtcp_config.proto are exactly these texts, and tests
// compare.
#pragma once

#include <string>
#include <vector>

#include "config/parse.h"

namespace xtcp2::config {

inline constexpr size_t kHelpWidth = 120;

// -help: every flag, by group, in lines of at most kHelpWidth bytes.
std::string HelpText();
// The flags of a subcommand: rows of the table and flags of its own, as in ParseSubset.
std::string SubsetHelp(const std::vector<std::string>& names, const std::vector<OwnFlag>& own);

std::string GenerateFlagsMarkdown();
std::string GenerateConfigProto();

}  // namespace xtcp2::config
