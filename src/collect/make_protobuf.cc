#include "collect/make_sink.h"
#include "collect/transcoder.h"
#include "encode/protobuf.h"

namespace xtcp2::collect {

std::unique_ptr<RowSink> MakeProtobufSink(const SinkOptions& options, BatchOutput& output) {
  return std::make_unique<Transcoder<encode::ProtobufEncoder>>(options, output);
}

}  // namespace xtcp2::collect
