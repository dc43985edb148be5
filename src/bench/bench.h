// `xtcp2 bench`: the load, the measurements one after the other, what is printed of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xtcp2::bench {

// The process's exit code: 0 good, 1 something failed or a row was missing or too many, 2 usage, 128 + n stopped by
// signal n. Standard output is the result, standard error what goes on. `version`: of this program.
int RunBench(const std::vector<std::string>& args, std::string_view version);

}  // namespace xtcp2::bench
