// Lists of processors as the kernel writes them: "0-3,8".
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"

namespace xtcp2::config {

// Numbers below CPU_SETSIZE (1024), ascending, each once; empty for an empty text. The Error says what is wrong with
// it.
Result<std::vector<unsigned>> ParseCpuList(std::string_view text);

}  // namespace xtcp2::config
