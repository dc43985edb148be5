#include "collect/make_sink.h"
#include "collect/transcoder.h"
#include "encode/humanize.h"
#include "encode/json.h"

namespace xtcp2::collect {

std::unique_ptr<RowSink> MakeJsonSink(const SinkOptions& options, BatchOutput& output) {
  switch (options.encode.format) {
    case encode::Format::kProtoJson:
      return std::make_unique<Transcoder<encode::ProtoJsonEncoder>>(options, output);
    case encode::Format::kHumanize:
      return std::make_unique<Transcoder<encode::HumanizeEncoder>>(options, output);
    default:
      return std::make_unique<Transcoder<encode::JsonlEncoder>>(options, output);
  }
}

}  // namespace xtcp2::collect
