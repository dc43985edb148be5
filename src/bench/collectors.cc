#include "bench/collectors.h"

#include "config/table.h"

namespace xtcp2::bench {

std::vector<std::string_view> CollectorNames() { return {"netlink", "io_uring"}; }

std::vector<std::string> CollectorFlags(std::string_view name) {
  if (name != "io_uring") return {};
  std::vector<std::string> flags = {"-ioUring"};
  // Without it the daemon would fall back to what is another row of the table.
  if (config::FindFlag("ioUringRequire") != nullptr) flags.emplace_back("-ioUringRequire");
  return flags;
}

}  // namespace xtcp2::bench
