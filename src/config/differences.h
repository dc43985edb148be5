// What is intended to be different from the Go program. Each difference is written once, with the settings that meet
// it; docs/migrating.md and -configCheck are made from that. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/parse.h"

namespace xtcp2::config {

struct Difference {
  std::string_view subject;
  std::string_view go;         // what the Go program does
  std::string_view here;       // what this one does
  std::string_view when;       // for the page: the settings that meet it; empty: all
  bool (*met)(const Parsed&);  // null: only in parsing, so never met by settings that are valid
};

std::span<const Difference> Differences();

// "subject: here (the Go program: ...)" for each that these settings meet.
std::vector<std::string> DifferencesMet(const Parsed& parsed);

// The page docs/migrating.md.
std::string GenerateMigratingMarkdown();

}  // namespace xtcp2::config
