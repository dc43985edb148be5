// What the options about output mean together: the format when none is given, and what an encoder is told. Pure.
#pragma once

#include "base/result.h"
#include "config/parse.h"
#include "encode/format.h"

namespace xtcp2::config {

// Chooses the format when nobody gave one: standard output gets table on a terminal, and in a pipe jsonl when nobody
// gave -dest either. Everything else keeps protobufList. Origins stay "default", so calling it again is harmless.
void ResolveOutputDefaults(Parsed& parsed, bool stdout_is_terminal);

// Format, epoch, and the fields by -columns for csv, tsv and table, else by -fields. An error names an unknown field.
Result<encode::EncodeOptions> MakeEncodeOptions(const Config& config);

}  // namespace xtcp2::config
