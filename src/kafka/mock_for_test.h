// librdkafka's own mock cluster, in this process: it takes messages, and fails where it is told to. And a reader of it.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <string>
#include <vector>

#include "ship/test_support.h"

namespace xtcp2::kafka::test {

inline constexpr int16_t kProduceRequest = 0;  // ApiKey
inline constexpr const char* kTopic = "xtcp";

class MockCluster {
 public:
  MockCluster() {
    char why[256];
    handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof why);
    if (handle_ == nullptr) ship::test::Die(why);
    cluster_ = rd_kafka_mock_cluster_new(handle_, 1);
    rd_kafka_mock_topic_create(cluster_, kTopic, 1, 1);
  }
  ~MockCluster() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(handle_);
  }
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;

  std::string dest() const { return std::string("kafka:") + rd_kafka_mock_cluster_bootstraps(cluster_); }
  // The next produce requests are answered so, one after the other.
  void Answer(const std::vector<rd_kafka_resp_err_t>& errors) {
    rd_kafka_mock_push_request_errors_array(cluster_, kProduceRequest, errors.size(), errors.data());
  }
  void Down() { rd_kafka_mock_broker_set_down(cluster_, 1); }
  void Up() { rd_kafka_mock_broker_set_up(cluster_, 1); }

  // The values of all messages that are there now.
  std::vector<std::string> Read() {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char why[256];
    for (const auto& [name, value] : {std::pair{"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster_)},
                                      {"group.id", "reader"},
                                      {"enable.partition.eof", "true"}})
      if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) ship::test::Die(why);
    rd_kafka_t* reader = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, kTopic, 0)->offset = 0;
    rd_kafka_assign(reader, list);
    rd_kafka_topic_partition_list_destroy(list);
    std::vector<std::string> values;
    for (bool end = false; !end;) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(reader, 10'000);
      if (message == nullptr) ship::test::Die("the mock cluster gives neither a message nor an end");
      end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
      if (message->err == 0) values.emplace_back(static_cast<const char*>(message->payload), message->len);
      rd_kafka_message_destroy(message);
    }
    rd_kafka_consumer_close(reader);
    rd_kafka_destroy(reader);
    return values;
  }

 private:
  rd_kafka_t* handle_;
  rd_kafka_mock_cluster_t* cluster_;
};

}  // namespace xtcp2::kafka::test
