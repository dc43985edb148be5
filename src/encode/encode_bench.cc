// What a row costs in each format, on sockets made up to resemble established connections (about 60 fields set, a third
// IPv6) under a context with the usual texts. The time of an iteration is that of one row. `varied`
// gives counters any number of digits, in an order the branch predictor has not seen; `alike` repeats like numbers as
// idle connections do.
#include <benchmark/benchmark.h>

#include <memory>

#include "encode/crowd_for_test.h"
#include "encode/delimited.h"
#include "encode/humanize.h"
#include "encode/json.h"
#include "encode/msgpack.h"
#include "encode/protobuf.h"
#include "encode/prototext.h"
#include "encode/socket_for_test.h"
#include "encode/table.h"

namespace xtcp2::encode {
namespace {

// Sets every field that an established connection usually has, to a number of about its usual size times `scale`.
void SetUsual(MadeSocket& made, std::mt19937_64& random, bool varied) {
  const auto some = [&](uint64_t usual) {
    return varied ? 1 + ((usual * (1 + random() % 64)) >> (random() % 12)) : usual;
  };
  for (const schema::Field& field : schema::kFields) {
    const bool counter =
        field.part == schema::Part::kInfo || field.part == schema::Part::kSkMem || field.part == schema::Part::kMemInfo;
    if (!counter || field.rare || field.load == schema::Load::kBits) continue;
    const size_t size = schema::LoadSize(field.load);
    made.Set(field, size == 1   ? some(7) & 0xff
                    : size == 2 ? some(40) & 0xffff
                    : size == 4 ? some(21'000)
                                : some(1'234'567));
  }
  made.Set("tcp_info_max_pacing_rate", ~uint64_t{0});
  made.Set("inet_diag_msg_state", 1);
  made.Set("tcp_info_state", 1);
  made.Set("inet_diag_msg_socket_source_port", 443);
  made.Set("inet_diag_msg_socket_destination_port", 1024 + random() % 64'000);
  made.Set("inet_diag_msg_socket_cookie", 1 + random() % 1'000'000);
  made.Set("inet_diag_msg_inode", random() % 10'000'000);
  made.Set("inet_diag_cgroup_id", 6'211);
  made.Set("inet_diag_sockopt", 82);
  std::memcpy(made.socket.row.cong, "cubic", 5);
  made.socket.row.congestion = schema::kCubic;
  made.socket.row.record_counter = 1 + random() % 100'000;
  made.socket.row.tcp_info_length = 280;
  made.socket.row.parts_present = 0x60'01fe;
  made.socket.row.observed_delay_us = static_cast<uint32_t>(random() % 90'000);
}

void SetAddresses(MadeSocket& made, std::mt19937_64& random) {
  uint8_t* message = made.Part(schema::Part::kMsg);
  const bool v6 = random() % 3 == 0;
  message[0] = v6 ? 10 : 2;
  for (const size_t field :
       {schema::IndexOf("inet_diag_msg_socket_source"), schema::IndexOf("inet_diag_msg_socket_destination")}) {
    uint8_t* address = message + schema::kFields[field].offset;
    const uint64_t low = random();
    if (v6) std::memcpy(address, "\x20\x01\x0d\xb8", 4);
    std::memcpy(v6 ? address + 8 : address, &low, v6 ? 8 : 4);
  }
}

std::vector<std::unique_ptr<MadeSocket>> UsualSockets(bool varied) {
  constexpr size_t kSockets = 500;
  std::mt19937_64 random(18);
  std::vector<std::unique_ptr<MadeSocket>> sockets;
  for (size_t i = 0; i < kSockets; ++i) {
    sockets.push_back(std::make_unique<MadeSocket>());
    SetUsual(*sockets.back(), random, varied);
    SetAddresses(*sockets.back(), random);
  }
  return sockets;
}

template <class Encoder>
void BM_Append(benchmark::State& state, Format format, bool varied) {
  const auto sockets = UsualSockets(varied);
  const schema::Context context = UsualContext();
  WithContext<Encoder> encoder(EncodeOptions{format, schema::Epoch::k2, {}});
  Buffer rows(1 << 20);
  size_t bytes = 0, next = 0;
  encoder.SetContext(context);
  for (auto _ : state) {
    if (rows.size() > 768 * 1024) rows.Clear();
    const size_t before = rows.size();
    encoder.Append(sockets[next]->socket, rows);
    bytes += rows.size() - before;
    next = next + 1 == sockets.size() ? 0 : next + 1;
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
  state.counters["bytes/row"] = static_cast<double>(bytes) / static_cast<double>(state.iterations());
}

template <class Encoder>
bool Register(Format format) {
  for (const bool varied : {false, true})
    benchmark::RegisterBenchmark((std::string(FormatName(format)) + (varied ? "/varied" : "/alike")).c_str(),
                                 BM_Append<Encoder>, format, varied);
  return true;
}

const bool kRegistered = Register<ProtobufEncoder>(Format::kProtobufList) && Register<JsonlEncoder>(Format::kJsonl) &&
                         Register<ProtoJsonEncoder>(Format::kProtoJson) &&
                         Register<ProtoTextEncoder>(Format::kProtoText) && Register<MsgpackEncoder>(Format::kMsgpack) &&
                         Register<HumanizeEncoder>(Format::kHumanize) && Register<CsvEncoder>(Format::kCsv) &&
                         Register<TsvEncoder>(Format::kTsv) && Register<TableEncoder>(Format::kTable);

}  // namespace
}  // namespace xtcp2::encode
