// The stamp of this build, from git.
#pragma once

#include <string>
#include <string_view>

namespace xtcp2::app {

std::string_view Version();    // "0.1.0"
std::string_view Commit();     // abbreviated, "-dirty" behind it where the tree had changes
std::string_view BuildDate();  // of the commit, UTC

// What daemon_version carries: "xtcp commit:<c>\tdate(UTC):<d>\tversion:<v>", the Go program's form.
std::string DaemonVersion();

}  // namespace xtcp2::app
