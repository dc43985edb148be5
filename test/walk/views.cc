#include "views.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "abi/inet_diag.h"
#include "collect/walk.h"
#include "decode/bpf_row.h"
#include "netlink/netns.h"
#include "netlink/request.h"

namespace xtcp2::test {
namespace {

constexpr int64_t kSilenceMs = 20'000;
constexpr size_t kDatagramBytes = 64 * 1024;

decode::LocateOptions Options() { return {}; }

void KeepAnswer(Bytes answer, View& view) {
  auto kept = std::make_unique<Kept>();
  kept->bytes.resize(answer.size() + decode::kReadSlack);
  std::memcpy(kept->bytes.data(), answer.data(), answer.size());
  decode::LocateCounters counters;
  if (!decode::Locate({kept->bytes.data(), answer.size()}, Options(), kept->socket, counters))
    Die("no row in an answer");
  const auto cookie = Load<uint64_t>(answer.data() + offsetof(abi::InetDiagMsg, id.cookie));
  if (!view.emplace(cookie, std::move(kept)).second) Die("a cookie twice in a dump");
}

}  // namespace

void Die(const std::string& why) {
  std::printf("FAILED: %s\n", why.c_str());
  std::exit(1);
}

Namespace::Namespace(const std::string& path) : path_(path) {
  const Fd fd = Must(netlink::OpenNetns(path));
  const auto home = Must(netlink::NetnsHome::Here());
  inode_ = static_cast<uint32_t>(Must(netlink::IdentifyNetns(fd.get())).inode);
  Must(home.Enter(fd.get()));
  diag_ = std::make_unique<netlink::DiagSocket>(Must(netlink::DiagSocket::Open(kSilenceMs)));
  Must(home.Return());
  cookie_ = diag_->NetnsCookie();
}

View Dump(netlink::DiagSocket& diag, uint32_t states) {
  static uint32_t sequence = 0;
  View view;
  std::vector<uint8_t> buffer(kDatagramBytes);
  for (const uint8_t family : {uint8_t{2}, uint8_t{10}}) {
    Must(diag.Send(netlink::BuildDumpRequest({family, 0xff, states, ++sequence})));
    for (bool done = false; !done;) {
      const netlink::Received received = diag.Receive(buffer.data(), buffer.size());
      if (received.kind != netlink::Received::Kind::kDatagram) Die("a dump got no answer");
      const auto outcome = collect::WalkDatagram({buffer.data(), received.size}, {false, sequence, diag.port_id()},
                                                 [&](Bytes answer) { KeepAnswer(answer, view); });
      if (outcome.refused || outcome.damaged || outcome.code != 0) Die("a dump went wrong: " + ErrnoText(outcome.code));
      done = outcome.done;
    }
  }
  return view;
}

std::vector<xtcp2_bpf_row> Walk(bpf::WalkProgram& program, unsigned walker) {
  std::vector<xtcp2_bpf_row> out;
  const bpf::TableList list = Must(program.Tables(walker));
  if (list.truncated) Die("the list of namespaces is truncated");
  for (const bpf::Table& table : list.tables) {
    for (uint32_t bucket = 0; bucket < table.buckets;) {
      const bpf::Block block = Must(program.Next(walker, table, bucket, table.buckets));
      if (block.truncated > 0) Die("a chain was cut");
      out.insert(out.end(), block.rows.begin(), block.rows.end());
      bucket = block.next_bucket;
    }
  }
  return out;
}

std::unique_ptr<Kept> Keep(const xtcp2_bpf_row& row) {
  auto kept = std::make_unique<Kept>();
  kept->bytes.resize(sizeof row + decode::kReadSlack);
  std::memcpy(kept->bytes.data(), &row, sizeof row);
  decode::LocateRow(*reinterpret_cast<const xtcp2_bpf_row*>(kept->bytes.data()), Options(), kept->socket);
  return kept;
}

uint64_t CookieOf(const xtcp2_bpf_row& row) { return Load<uint64_t>(row.msg + offsetof(abi::InetDiagMsg, id.cookie)); }

}  // namespace xtcp2::test
