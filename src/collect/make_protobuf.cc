// The protobufList sink has a file of its own: its encoder is unrolled over the whole table, twice.
#include "collect/make_sink.h"
#include "collect/transcoder.h"
#include "encode/protobuf.h"

namespace xtcp2::collect {

std::unique_ptr<RowSink> MakeProtobufSink(const SinkOptions& options, BatchOutput& output) {
  if (options.encode.epoch == schema::Epoch::k1)
    return std::make_unique<Transcoder<encode::ProtobufEncoder<schema::Epoch::k1>>>(options, output);
  return std::make_unique<Transcoder<encode::ProtobufEncoder<schema::Epoch::k2>>>(options, output);
}

}  // namespace xtcp2::collect
