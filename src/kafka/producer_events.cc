// The half of Producer that runs on librdkafka's background thread.
#include <fmt/format.h>

#include <bit>

#include "base/clock.h"
#include "base/log.h"
#include "kafka/producer.h"
#include "kafka/token.h"

namespace xtcp2::kafka {

std::string Producer::Hidden(const Shared& shared, std::string text) {
  for (const std::string& secret : shared.secrets)
    for (size_t at; secret.size() >= 4 && (at = text.find(secret)) != std::string::npos;)
      text.replace(at, secret.size(), "***");
  return text;
}

std::string Producer::WithoutSecrets(std::string text) const { return Hidden(*shared_, std::move(text)); }

void Producer::OnEvent(rd_kafka_t* handle, rd_kafka_event_t* event, void* opaque) {
  Shared& shared = *static_cast<Shared*>(opaque);
  switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_DR:
      while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event))
        shared.inbox->Put(Report{std::bit_cast<uint64_t>(message->_private), message->err,
                                 rd_kafka_err2str(message->err)});  // rd_kafka_message_errstr gives the payload
      break;
    case RD_KAFKA_EVENT_ERROR:
      OnError(handle, event, shared);
      break;
    case RD_KAFKA_EVENT_STATS:
      shared.statistics.Show(rd_kafka_event_stats(event));
      break;
    case RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH:
      RefreshToken(handle, shared);
      break;
    default:
      break;
  }
  rd_kafka_event_destroy(event);
}

void Producer::OnError(rd_kafka_t* handle, rd_kafka_event_t* event, Shared& shared) {
  const rd_kafka_resp_err_t code = rd_kafka_event_error(event);
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return shared.inbox->PutAllDown();
  if (code != RD_KAFKA_RESP_ERR__FATAL)
    return shared.inbox->Put(Trouble{code, Hidden(shared, rd_kafka_event_error_string(event))});
  char text[512] = "";
  const rd_kafka_resp_err_t cause = rd_kafka_fatal_error(handle, text, sizeof text);
  shared.inbox->PutFatal({cause, Hidden(shared, text)});
}

// What an operator must know comes as an error, so its log is for those who look closer. From any of librdkafka's
// threads; the severity is syslog's.
void Producer::OnLog(const rd_kafka_t* handle, int severity, const char* facility, const char* text) {
  const auto* const shared = handle == nullptr ? nullptr : static_cast<const Shared*>(rd_kafka_opaque(handle));
  if (shared == nullptr) return;
  const LogLevel level = severity <= 2 ? LogLevel::kError : severity <= 5 ? LogLevel::kDebug : LogLevel::kTrace;
  if (LogEnabled(level)) WriteLog(level, fmt::format("librdkafka: {} {}", facility, Hidden(*shared, text)));
}

void Producer::RefreshToken(rd_kafka_t* handle, const Shared& shared) {
  Result<std::string> text = ReadSecret(shared.token_file);
  Result<Token> token = text ? ReadToken(*text, RealtimeNs() / kNsPerMs) : tl::unexpected(text.error());
  if (!token) {
    rd_kafka_oauthbearer_set_token_failure(handle,
                                           fmt::format("{}: {}", shared.token_file, token.error().Text()).c_str());
    return;
  }
  char why[512] = "";
  if (rd_kafka_oauthbearer_set_token(handle, token->text.c_str(), token->expires_ms, token->principal.c_str(), nullptr,
                                     0, why, sizeof why) != RD_KAFKA_RESP_ERR_NO_ERROR)
    rd_kafka_oauthbearer_set_token_failure(handle, why);
}

}  // namespace xtcp2::kafka
