#include "encode/table.h"

#include "encode/fields.h"
#include "wire/display.h"
#include "wire/utf8.h"

namespace xtcp2::encode {
namespace {

using schema::IndexOf;

// Characters that most values of a kind need.
size_t UsualWidth(Show show) {
  switch (show) {
    case Show::kState:
      return 11;
    case Show::kTime:
      return 30;
    case Show::kAddress:
      return 15;
    case Show::kEndpoint:
      return 21;
    case Show::kText:
      return 12;
    default:
      return 6;
  }
}

}  // namespace

TableStyle::TableStyle(const EncodeOptions& options) {
  if (options.fields.empty()) {
    AddDefaults();
    return;
  }
  for (const uint16_t i : FieldsAsGiven(options)) AddField(i, std::string(schema::kFields[i].Name(options.epoch)), 0);
}

void TableStyle::AddDefaults() {
  AddField(IndexOf("netns"), "netns", 14);
  AddField(IndexOf("inet_diag_msg_state"), "state", 0);
  Add("local", 0, EndpointStep(false, 0));
  Add("peer", 0, EndpointStep(true, 0));
  AddField(IndexOf("inet_diag_msg_rqueue"), "rqueue", 0);
  AddField(IndexOf("inet_diag_msg_wqueue"), "wqueue", 0);
  AddField(IndexOf("tcp_info_rtt"), "rtt_us", 7);
  AddField(IndexOf("tcp_info_snd_cwnd"), "cwnd", 5);
  AddField(IndexOf("tcp_info_total_retrans"), "retrans", 7);
  AddField(IndexOf("tcp_info_bytes_acked"), "acked", 10);
  AddField(IndexOf("tcp_info_bytes_received"), "received", 10);
  AddField(IndexOf("inet_diag_cong"), "cong", 0);
}

void TableStyle::AddField(size_t field, std::string title, size_t width) {
  Add(std::move(title), width, StepFor(schema::kFields[field], 0));
}

void TableStyle::Add(std::string title, size_t width, Step step) {
  step.column = static_cast<uint16_t>(columns_.size());
  const bool right = step.show == Show::kNumber || step.show == Show::kSigned;
  if (width == 0) width = UsualWidth(step.show);
  width = std::max(width, title.size());
  columns_.push_back({std::move(title), width, right, step});
}

std::vector<Step> TableStyle::Columns() const {
  std::vector<Step> steps;
  for (const Column& column : columns_) steps.push_back(column.step);
  return steps;
}

std::string TableStyle::Header() const {
  Buffer line;
  for (const Column& column : columns_) {
    uint8_t* const begin = line.Room(column.title.size() + column.width + 2);
    line.Commit(Pad(column, begin, wire::PutRaw(begin, column.title), column.title.size()));
  }
  uint8_t* const end = line.Room(2);
  line.Commit(End(line.data(), end));
  return std::string(line.text());
}

uint8_t* TableStyle::Put(uint8_t* at, const Step& step, const schema::Socket& socket) const {
  uint8_t* const begin = at;
  at = step.show == Show::kText ? wire::PutDisplayText(at, StepText(step, socket)) : PutShown(at, step, socket);
  if (at == begin) *at++ = '-';
  size_t width = static_cast<size_t>(at - begin);
  if (step.show == Show::kText) width = wire::DisplayWidth({reinterpret_cast<const char*>(begin), width});
  return Pad(columns_[step.column], begin, at, width);
}

uint8_t* TableStyle::Pad(const Column& column, uint8_t* begin, uint8_t* at, size_t width) {
  if (width < column.width) {
    const size_t blanks = column.width - width;
    if (column.right) std::memmove(begin + blanks, begin, static_cast<size_t>(at - begin));
    std::memset(column.right ? begin : at, ' ', blanks);
    at += blanks;
  }
  *at = ' ';
  return at + 1;
}

uint8_t* TableStyle::End(uint8_t* first, uint8_t* at) {
  while (at > first && at[-1] == ' ') --at;
  *at = '\n';
  return at + 1;
}

}  // namespace xtcp2::encode
