#include "app/version.h"

#include <fmt/format.h>

#include "version_stamp.h"

namespace xtcp2::app {

std::string_view Version() { return XTCP2_VERSION; }
std::string_view Commit() { return XTCP2_COMMIT; }
std::string_view BuildDate() { return XTCP2_DATE; }

std::string DaemonVersion() {
  return fmt::format("xtcp commit:{}\tdate(UTC):{}\tversion:{}", Commit(), BuildDate(), Version());
}

}  // namespace xtcp2::app
