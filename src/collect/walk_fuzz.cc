// Any bytes as a netlink datagram, through walk, decoder, duplicates and the encoder of a row.
#include <cstring>
#include <memory>

#include "collect/row_sink.h"

namespace {

class Discard final : public xtcp2::collect::BatchOutput {
 public:
  xtcp2::encode::PooledBatch TakeBatch() override { return pool_.Take(); }
  bool Push(xtcp2::encode::PooledBatch) override { return true; }

 private:
  xtcp2::encode::BatchPool pool_{4};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace xtcp2;
  if (size == 0) return 0;
  static Discard output;
  collect::SinkOptions options;
  options.encode.format = static_cast<encode::Format>(data[0] % 9);
  options.encode.epoch = data[0] & 0x80 ? schema::Epoch::k1 : schema::Epoch::k2;
  const std::unique_ptr<collect::RowSink> sink = collect::MakeRowSink(options, output);
  std::atomic<uint64_t> counter{0};
  sink->BeginPoll(1, &counter);
  schema::Context context;
  context.netns = "fuzz";
  collect::Lane lane(context);
  sink->Enter(lane);
  const std::unique_ptr<uint8_t[]> copy(new uint8_t[size + decode::kReadSlack]());
  std::memcpy(copy.get(), data + 1, size - 1);
  sink->OnDatagram({copy.get(), size - 1}, {.any = true}, 2);
  sink->Flush(encode::FlushReason::kPollEnd);
  return 0;
}
