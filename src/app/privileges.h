// The rights of the process: what a configuration needs, whether it has that, and giving up all else. Main thread.
#pragma once

#include <optional>

#include "config/parse.h"
#include "serve/capabilities.h"
#include "serve/user.h"
#include "ship/spec.h"

namespace xtcp2::app {

class Privileges {
 public:
  // Before there are threads: looks at files as the user of -user would. Errors name an unknown user or group, or a bad
  // destination.
  static Result<Privileges> Of(const config::Config& config);

  // An error names what is missing for collecting so. Notices are for the log.
  Result<std::vector<std::string>> Check(BpfUse bpf) const;
  // Becomes the user of -user and gives up every capability but those that are needed. Once, when everything is opened.
  Result<> GiveUp(BpfUse bpf) const;

  // What -collector asks for.
  static BpfUse Wanted(const config::Config& config);

 private:
  CapabilityNeeds Needs(BpfUse bpf) const;

  CapabilityNeeds needs_;
  std::optional<User> user_;
};

}  // namespace xtcp2::app
