#include "encode/protobuf.h"

namespace xtcp2::encode {

FieldSelection::FieldSelection(const EncodeOptions& options) : all_(options.fields.empty()) {
  for (const uint16_t i : options.fields) chosen_.set(i);
}

}  // namespace xtcp2::encode
