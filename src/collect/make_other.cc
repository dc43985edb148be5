#include "collect/make_sink.h"
#include "collect/transcoder.h"
#include "encode/msgpack.h"
#include "encode/prototext.h"

namespace xtcp2::collect {

std::unique_ptr<RowSink> MakeOtherSink(const SinkOptions& options, BatchOutput& output) {
  if (options.encode.format == encode::Format::kMsgpack)
    return std::make_unique<Transcoder<encode::MsgpackEncoder>>(options, output);
  return std::make_unique<Transcoder<encode::ProtoTextEncoder>>(options, output);
}

}  // namespace xtcp2::collect
