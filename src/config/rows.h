// The rows of the option table, one function per file; table.cc joins them. Nobody else includes this.
#pragma once

#include <span>

#include "config/option.h"

namespace xtcp2::config {

std::span<const Option> CollectRows();
std::span<const Option> SelectRows();
std::span<const Option> UringRows();
std::span<const Option> BpfRows();
std::span<const Option> OutputRows();
std::span<const Option> SpoolRows();
std::span<const Option> ProgramRows();
std::span<const Option> KafkaRows();
std::span<const Option> DestinationRows();  // the topic; later: S3
std::span<const Option> LaterRows();        // later: everything else

inline constexpr Duration kWeek = std::chrono::hours(168);
inline constexpr Duration kTick{1};
inline constexpr Duration kForever = Duration::max();

}  // namespace xtcp2::config
