// What librdkafka's threads have to tell the shipping thread: what became of messages, and what is wrong with brokers.
// Thread-safe; a descriptor to wait on. Outlives the producer that fills it.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"

namespace xtcp2::kafka {

struct Report {
  uint64_t message;  // its id
  rd_kafka_resp_err_t error;
  std::string text;
};

struct Trouble {
  rd_kafka_resp_err_t error;
  std::string text;
};

class Inbox {
 public:
  Inbox();
  bool ok() const { return event_.ok(); }
  // Readable when something new came in since Take().
  int fd() const { return event_.get(); }

  void Put(Report report);
  // A broker cannot be reached or refuses us. Delivery goes on by itself when that is over.
  void Put(Trouble trouble);
  // No broker is connected now.
  void PutAllDown();
  // The producer will never deliver again.
  void PutFatal(Trouble trouble);

  struct News {
    std::vector<Report> reports;
    std::optional<Trouble> fatal;
    bool all_down = false;
  };
  // What came in since the last call.
  News Take();
  // The last trouble since the last success.
  std::optional<Trouble> LastTrouble() const;
  // For another producer.
  void Clear();

 private:
  void Wake();

  const Fd event_;
  mutable std::mutex mutex_;
  News news_;
  std::optional<Trouble> trouble_;
};

}  // namespace xtcp2::kafka
