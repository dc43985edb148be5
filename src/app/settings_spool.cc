// What of the configuration is about the spool.
#include <cstdlib>

#include "app/settings.h"
#include "serve/user.h"

namespace xtcp2::app {
namespace {

// systemd gives several folders separated by colons.
std::string DirOf(const config::Config& config) {
  if (config.spool_dir == "none") return "";
  if (config.spool_dir != "auto") return config.spool_dir;
  const char* const given = std::getenv("STATE_DIRECTORY");
  const std::string state = given == nullptr ? "" : given;
  const std::string first = state.substr(0, state.find(':'));
  return first.empty() ? "" : first + "/spool";
}

}  // namespace

ship::SpoolOptions MakeSpoolOptions(const config::Config& config) {
  ship::SpoolOptions options;
  options.dir = DirOf(config);
  options.bytes = config.spool_bytes;
  options.age_ns = config.spool_age.count();
  options.sync_each = config.spool_sync == "batch";
  if (!config.user.empty())
    if (const Result<User> user = FindUser(config.user); user && !user->IsOurs())
      options.owner = spool::Owner{user->uid, user->gid};
  return options;
}

}  // namespace xtcp2::app
