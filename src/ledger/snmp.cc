#include "ledger/snmp.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace xtcp2::ledger {
namespace {

constexpr std::string_view kBegin = "Tcp:";

// Takes the first line out of `text`.
std::string_view TakeLine(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

// Takes the first word out of `line`; empty at its end.
std::string_view TakeWord(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

// The next line that begins with "Tcp:", without that; empty where there is none.
std::string_view NextTcpLine(std::string_view& text) {
  while (!text.empty()) {
    const std::string_view line = TakeLine(text);
    if (line.starts_with(kBegin)) return line.substr(kBegin.size());
  }
  return {};
}

struct Wanted {
  std::string_view name;
  uint64_t TcpOpens::* member;
};
constexpr std::array kWanted = {
    Wanted{"ActiveOpens", &TcpOpens::active},
    Wanted{"PassiveOpens", &TcpOpens::passive},
    Wanted{"AttemptFails", &TcpOpens::failed_attempts},
    Wanted{"EstabResets", &TcpOpens::resets},
};

}  // namespace

Result<TcpOpens> ParseSnmp(std::string_view text) {
  std::string_view names = NextTcpLine(text), numbers = NextTcpLine(text);
  if (names.empty() || numbers.empty()) return Fail("net/snmp has no two lines that begin with \"Tcp:\"", EPROTO);
  TcpOpens opens;
  size_t found = 0;
  while (true) {
    const std::string_view name = TakeWord(names), number = TakeWord(numbers);
    if (name.empty()) break;
    const auto* const wanted = std::ranges::find(kWanted, name, &Wanted::name);
    if (wanted == kWanted.end()) continue;
    uint64_t value = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
    if (number.empty() || read.ec != std::errc() || read.ptr != number.data() + number.size())
      return Fail(fmt::format("net/snmp: \"{}\" of Tcp is no number: \"{}\"", name, number), EPROTO);
    opens.*(wanted->member) = value;
    ++found;
  }
  if (found != kWanted.size()) return Fail("net/snmp lacks one of Tcp's ActiveOpens, PassiveOpens, ...", EPROTO);
  return opens;
}

Result<NetnsSnmp> NetnsSnmp::OpenHere(const std::string& proc_root) {
  // Not /proc/net or /proc/self/net: those are of the process's first thread.
  const std::string path = proc_root + "/thread-self/net/snmp";
  NetnsSnmp snmp;
  snmp.file_ = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!snmp.file_.ok()) return FailErrno("opening " + path);
  return snmp;
}

Result<TcpOpens> NetnsSnmp::Read() const {
  char text[16 * 1024];  // 2 KiB are usual; lines of ICMP types may come on top
  const ssize_t size = pread(file_.get(), text, sizeof text, 0);
  if (size < 0) return FailErrno("reading a namespace's net/snmp");
  return ParseSnmp({text, static_cast<size_t>(size)});
}

}  // namespace xtcp2::ledger
