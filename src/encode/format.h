// The output formats by their -marshal names, and what an encoder is told.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "encode/framing.h"
#include "schema/table.h"

namespace xtcp2::encode {

enum class Format : uint8_t { kProtobufList, kProtoJson, kProtoText, kMsgpack, kJsonl, kHumanize, kCsv, kTsv, kTable };

// All formats in the order above: "protobufList", "protoJson", "protoText", "msgpack", "jsonl", "humanize", "csv",
// "tsv", "table".
std::span<const std::string_view> FormatNames();
std::optional<Format> ParseFormat(std::string_view name);
std::string_view FormatName(Format format);

struct EncodeOptions {
  Format format = Format::kProtobufList;
  schema::Epoch epoch = schema::Epoch::k2;
  // Fields to write, as indices into schema::kFields. csv, tsv and table write them in this order, the other formats in
  // the order of their numbers. Empty: every field of the epoch (table: its own choice of columns).
  std::vector<uint16_t> fields;
  // Leaves alone what this processor has beyond others of its family; the rows are the same. For tests and benchmarks.
  bool portable = false;
};

// Parses a comma-separated list of proto or JSON names (of either epoch; blanks around and empty entries are skipped;
// only blanks: empty). An unknown name is an error that names it and the nearest known one.
Result<std::vector<uint16_t>> ParseFields(std::string_view list, schema::Epoch epoch);

// Framing, header line and content type for these options.
Framing MakeFraming(const EncodeOptions& options);

class ContextRuns;

// What every encoder class has; checked where one is used. Unchanged once made.
template <class E>
concept RowEncoder = requires(const E& encoder, const schema::Context& context, const schema::Socket& socket,
                              ContextRuns& runs, Buffer& rows) {
  encoder.EncodeContext(context,
                        runs);         // once per namespace and poll, before its rows: what they share goes into `runs`
  encoder.Append(socket, runs, rows);  // once per socket, inlined: appends one row, keeps nothing of `socket`
};

}  // namespace xtcp2::encode
