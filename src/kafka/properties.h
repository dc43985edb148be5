// From the options to librdkafka's configuration: which properties are set to what, and which of the operator's own are
// refused because rows could be lost by them. Reads the files that hold secrets; otherwise pure.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ship/options.h"
#include "ship/spec.h"

namespace xtcp2::kafka {

struct Property {
  std::string name, value;
  bool secret = false;
};

// In the order they are to be set: ours, then those of -kafkaProperty, which may replace most of ours. `built_in` is
// librdkafka's list of what it was built with ("gzip,snappy,ssl,...").
Result<std::vector<Property>> MakeProperties(const ship::DestSpec& spec, const ship::ShipOptions& options,
                                             const std::string& built_in);

// Files whose change makes a new producer necessary.
std::vector<std::string> FilesOf(const ship::KafkaOptions& options);

// The one line of a file that holds a secret, without its end; an error names the file.
Result<std::string> ReadSecret(const std::string& path);

}  // namespace xtcp2::kafka
