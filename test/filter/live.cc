#include "live.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstdlib>
#include <stdexcept>

#include "decode/locate.h"
#include "filter/bytecode.h"
#include "netlink/message.h"
#include "netlink/request.h"
#include "room.h"

namespace xtcp2::test {
namespace {

std::unique_ptr<Row> MakeRow(Bytes payload) {
  auto row = std::make_unique<Row>();
  row->bytes.assign(payload.begin(), payload.end());
  row->bytes.resize(payload.size() + decode::kReadSlack);
  decode::LocateCounters counters;
  if (!decode::Locate({row->bytes.data(), payload.size()}, {}, row->socket, counters))
    throw std::runtime_error("an answer that is too short");
  row->cookie =
      Load<uint64_t>(row->bytes.data() + offsetof(abi::InetDiagMsg, id) + offsetof(abi::InetDiagSockId, cookie));
  return row;
}

// False at the end of the dump.
bool TakeDatagram(Bytes datagram, uint32_t seq, std::vector<std::unique_ptr<Row>>& rows) {
  netlink::MessageWalk walk(datagram);
  netlink::Message message;
  while (walk.Next(message)) {
    if (message.seq != seq) continue;
    if (message.type == netlink::kTypeDone) return false;
    if (message.type == netlink::kTypeError)
      throw std::runtime_error("the kernel refused a dump: " + ErrnoText(-Load<int32_t>(message.payload.data())));
    rows.push_back(MakeRow(message.payload));
  }
  return true;
}

std::string Output(std::vector<std::string> words, int& status) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int ends[2];
  Must(pipe2(ends, O_CLOEXEC), "pipe");
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), 2);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error) throw std::runtime_error("starting " + words[0] + ": " + ErrnoText(error));
  writing.Close();
  std::string out;
  char block[16384];
  for (ssize_t size = 0; (size = read(reading.get(), block, sizeof block)) > 0;)
    out.append(block, static_cast<size_t>(size));
  Must(waitpid(pid, &status, 0), "waitpid");
  return out;
}

}  // namespace

std::vector<std::unique_ptr<Row>> Dump(netlink::DiagSocket& socket, uint32_t states,
                                       const std::vector<uint8_t>& bytecode) {
  std::vector<std::unique_ptr<Row>> rows;
  if (states == 0) return rows;
  static uint32_t seq = 0;
  static std::vector<uint8_t> buffer(65536);
  for (const uint8_t family : {filter::kInet, filter::kInet6}) {
    std::vector<uint8_t> request;
    netlink::BuildDumpRequest({family, 0, states, ++seq, bytecode}, request);
    if (const Result<> sent = socket.Send(request); !sent) throw std::runtime_error(sent.error().Text());
    for (bool more = true; more;) {
      const netlink::Received received = socket.Receive(buffer.data(), buffer.size());
      if (received.kind == netlink::Received::Kind::kForeign) continue;
      if (received.kind != netlink::Received::Kind::kDatagram) throw std::runtime_error("a dump ended early");
      more = TakeDatagram({buffer.data(), received.size}, seq, rows);
    }
  }
  return rows;
}

Cookies Ss(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"ss", "-tanHe"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  int status = 0;
  const std::string out = Output(words, status);
  if (status != 0) throw std::runtime_error("ss: " + out.substr(0, 200));
  Cookies cookies;
  for (size_t at = out.find(" sk:"); at != std::string::npos; at = out.find(" sk:", at + 4))
    cookies.insert(std::strtoull(out.c_str() + at + 4, nullptr, 16));
  return cookies;
}

}  // namespace xtcp2::test
