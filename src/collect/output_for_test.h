// A BatchOutput that keeps what it was given, and reads protobufList rows back with libprotobuf.
#pragma once

#include <xtcp_flat_record/v1/xtcp_flat_record.pb.h>

#include <mutex>
#include <string>
#include <vector>

#include "collect/row_sink.h"

namespace xtcp2::collect {

class KeptOutput final : public BatchOutput {
 public:
  encode::PooledBatch TakeBatch() override { return pool_.Take(); }
  bool Push(encode::PooledBatch batch) override {
    if (stopping) return false;
    batches.push_back(std::move(batch));
    return true;
  }

  std::vector<xtcp_flat_record::v1::XtcpFlatRecord> Rows() const {
    std::vector<xtcp_flat_record::v1::XtcpFlatRecord> rows;
    for (const auto& batch : batches) {
      xtcp_flat_record::v1::Envelope envelope;
      if (!envelope.ParseFromArray(batch->rows.data(), static_cast<int>(batch->rows.size()))) return {};
      for (const auto& row : envelope.row()) rows.push_back(row);
    }
    return rows;
  }

  bool stopping = false;

 private:
  encode::BatchPool pool_{8};

 public:
  std::vector<encode::PooledBatch> batches;
};

// Many readers push into it.
class SharedOutput final : public BatchOutput {
 public:
  encode::PooledBatch TakeBatch() override { return kept.TakeBatch(); }
  bool Push(encode::PooledBatch batch) override {
    std::lock_guard lock(mutex_);
    return kept.Push(std::move(batch));
  }
  KeptOutput kept;

 private:
  std::mutex mutex_;
};

}  // namespace xtcp2::collect
