// What an error of librdkafka or of a broker means for the rows. The mapping to an answer is here and nowhere else.
#pragma once

#include <librdkafka/rdkafka.h>

#include <string>

#include "ship/failure.h"

namespace xtcp2::kafka {

// The broker, or librdkafka itself, finds the message too large: smaller ones may pass.
bool IsTooLarge(rd_kafka_resp_err_t error);

// Everything else. `rows` are those of the message, for an error that rejects them.
ship::Failure FailureOf(rd_kafka_resp_err_t error, std::string what, size_t rows);

// What else an operator should know about a refusal of credentials; "" where there is nothing. `version` is
// rd_kafka_version().
std::string CredentialsHint(const std::string& sasl, int version);

}  // namespace xtcp2::kafka
