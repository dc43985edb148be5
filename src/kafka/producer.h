// One instance of librdkafka's producer: its configuration, its threads, its idempotence. Everything it has to tell
// goes to an Inbox, to the log and to metrics, on its background thread. The calls are the shipping thread's.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "kafka/inbox.h"
#include "kafka/properties.h"
#include "kafka/statistics.h"

namespace xtcp2::kafka {

struct Message {
  uint64_t id;  // of the report
  const std::string& topic;
  const std::string& key;     // empty: none
  const std::string& name;    // header xtcp2-id
  const std::string& format;  // header xtcp2-format
  Bytes value;                // copied
};

class Producer {
 public:
  // What librdkafka was built with: "gzip,snappy,ssl,...".
  static std::string BuiltIn();
  // Whether librdkafka takes all this: property by property, certificates and keys read. Connects to nobody.
  static Result<> Check(const std::vector<Property>& properties);
  // The token file goes before librdkafka's own ways to a token; empty: none.
  static Result<std::unique_ptr<Producer>> Start(const std::vector<Property>& properties, const std::string& token_file,
                                                 std::shared_ptr<Inbox> inbox);
  // What is in flight is forgotten. Takes 2 s at most: a thread that still looks up a name is left to itself.
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Takes the message; its report follows. Else why not.
  rd_kafka_resp_err_t Produce(const Message& message);
  // An error of those that end a producer has come; nothing is delivered any more.
  bool lost() const { return rd_kafka_fatal_error(handle_, nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR; }
  // Most bytes of a message, its overhead included (message.max.bytes).
  size_t largest() const { return largest_; }
  std::string WithoutSecrets(std::string text) const;

 private:
  // Shared with the background thread, which may outlive this.
  struct Shared {
    explicit Shared(std::shared_ptr<Inbox> box) : inbox(std::move(box)) {}
    const std::shared_ptr<Inbox> inbox;
    std::string token_file;
    std::vector<std::string> secrets;
    Statistics statistics;
  };
  Producer() = default;
  static void OnEvent(rd_kafka_t* handle, rd_kafka_event_t* event, void* shared);
  static void OnError(rd_kafka_t* handle, rd_kafka_event_t* event, Shared& shared);
  static void OnLog(const rd_kafka_t* handle, int severity, const char* facility, const char* text);
  static void RefreshToken(rd_kafka_t* handle, const Shared& shared);
  static std::string Hidden(const Shared& shared, std::string text);

  std::shared_ptr<Shared> shared_;
  rd_kafka_t* handle_ = nullptr;
  size_t largest_ = 0;
};

}  // namespace xtcp2::kafka
