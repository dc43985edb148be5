// Tells a schema registry (Confluent's API) what the values of the topic look like, and learns the number it gives
// them. A thread of its own tries until it succeeds; rows do not wait for it unless their framing needs the number.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/bytes.h"
#include "base/log.h"
#include "ship/http_client.h"
#include "ship/interrupt.h"
#include "ship/options.h"

namespace xtcp2::kafka {

class SchemaRegistry {
 public:
  // An error when a file of the options cannot be read. The registry itself may be away.
  static Result<std::unique_ptr<SchemaRegistry>> Start(const ship::ShipOptions& options);
  ~SchemaRegistry();
  SchemaRegistry(const SchemaRegistry&) = delete;
  SchemaRegistry& operator=(const SchemaRegistry&) = delete;

  // The number of the schema, once there is one.
  std::optional<uint32_t> Id() const;
  // Why there is none yet.
  std::string WhyNot() const;

 private:
  explicit SchemaRegistry(std::unique_ptr<ship::HttpClient> client, const std::string& schema);
  void Run();
  Result<uint32_t> Register();

  const std::unique_ptr<ship::HttpClient> client_;
  const std::string body_;
  ship::Interrupt interrupt_;
  mutable std::mutex mutex_;
  std::optional<uint32_t> id_;
  std::string why_not_ = "not asked yet";
  Event failed_;
  std::thread thread_;
};

// The prefix of a value in the registry's framing: a zero, the number, and which message of the file it is: the first.
inline void AppendSchemaPrefix(uint32_t id, Buffer& out) {
  for (const uint32_t byte : {uint32_t{0}, id >> 24, id >> 16 & 0xff, id >> 8 & 0xff, id & 0xff, uint32_t{0}})
    out.Append(static_cast<char>(byte));
}
inline constexpr size_t kSchemaPrefix = 6;

}  // namespace xtcp2::kafka
