// From the configuration to what the Kafka destination is told. Reads the file of the schema.
#pragma once

#include "config/config.h"
#include "ship/kafka_options.h"

namespace xtcp2::app {

ship::KafkaOptions MakeKafkaOptions(const config::Config& config);

}  // namespace xtcp2::app
