#include "app/privileges.h"

#include <algorithm>

#include "app/settings.h"
#include "bpf/prerequisites_host.h"
#include "config/destinations.h"
#include "serve/capabilities_drop.h"

namespace xtcp2::app {

Result<Privileges> Privileges::Of(const config::Config& config) {
  std::vector<ship::DestSpec> dests;
  for (const std::string& text : config::DestinationsOf(config.dest)) {
    Result<ship::DestSpec> dest = ship::ParseDest(text);
    if (!dest) return tl::unexpected(dest.error());
    dests.push_back(std::move(*dest));
  }
  Privileges privileges;
  CapabilityNeeds& needs = privileges.needs_;
  needs = MakeCapabilityNeeds(config, dests);
  needs.own_namespace_option = "-netns own";
  if (config.user.empty()) return privileges;
  Result<User> user = FindUser(config.user);
  if (!user) return tl::unexpected(user.error());
  needs.becomes_user = !user->IsOurs();
  if (needs.becomes_user) {
    needs.file_reopen_needs_dac = std::any_of(dests.begin(), dests.end(), [&](const ship::DestSpec& dest) {
      return dest.scheme == ship::Scheme::kFile && !UserMayRewrite(*user, dest.path);
    });
    needs.config_reread_needs_dac = !config.config_file.empty() && !UserMayRead(*user, config.config_file);
  }
  privileges.user_ = std::move(*user);
  return privileges;
}

CapabilityNeeds Privileges::Needs(BpfUse bpf) const {
  CapabilityNeeds needs = needs_;
  needs.bpf = bpf;
  needs.bpf_runs_with_capability = bpf != BpfUse::kNone && bpf::RunningNeedsCapBpf();
  return needs;
}

Result<std::vector<std::string>> Privileges::Check(BpfUse bpf) const {
  return CheckCapabilities(Needs(bpf), EffectiveCapabilities());
}

Result<> Privileges::GiveUp(BpfUse bpf) const {
  if (user_ && needs_.becomes_user)
    if (Result<> became = BecomeUser(*user_); !became) return became;
  return DropCapabilities(Needs(bpf));
}

BpfUse Privileges::Wanted(const config::Config& config) {
  return config.collector == "bpf" ? BpfUse::kRequired : config.collector == "auto" ? BpfUse::kWanted : BpfUse::kNone;
}

}  // namespace xtcp2::app
