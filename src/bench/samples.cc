#include "bench/samples.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstdlib>

#include "base/fd.h"

namespace xtcp2::bench {
namespace {

constexpr size_t kMostBytes = 16 << 20;

Result<std::string> Get(uint16_t port, std::string_view path) {
  const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.ok()) return FailErrno("opening a socket");
  const timeval patience{5, 0};
  const linger at_once{1, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return FailErrno("connecting to the daemon's metrics");
  const std::string request = fmt::format("GET {} HTTP/1.0\r\n\r\n", path);
  if (send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    return FailErrno("asking for the daemon's metrics");
  std::string answer;
  char buffer[65536];
  ssize_t count;
  while ((count = recv(fd.get(), buffer, sizeof buffer, 0)) > 0 && answer.size() < kMostBytes)
    answer.append(buffer, static_cast<size_t>(count));
  if (count < 0) return FailErrno("reading the daemon's metrics");
  return answer;
}

}  // namespace

Samples Samples::Parse(std::string_view text) {
  Samples out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const size_t space = line.rfind(' ');
    if (line.empty() || line[0] == '#' || space == std::string_view::npos) continue;
    const std::string_view series = line.substr(0, space);
    const size_t brace = series.find('{');
    const std::string_view labels = brace == std::string_view::npos ? "" : series.substr(brace);
    out.by_name_.emplace(
        series.substr(0, brace),
        std::pair(std::string(labels), std::strtod(std::string(line.substr(space + 1)).c_str(), nullptr)));
  }
  return out;
}

std::optional<double> Samples::Sum(std::string_view name, std::string_view label) const {
  std::optional<double> sum;
  const auto [first, last] = by_name_.equal_range(name);
  for (auto it = first; it != last; ++it)
    if (it->second.first.find(label) != std::string::npos) sum = sum.value_or(0) + it->second.second;
  return sum;
}

Result<Samples> Scrape(uint16_t port) {
  const Result<std::string> answer = Get(port, "/metrics");
  if (!answer) return tl::unexpected(answer.error());
  const size_t head = answer->find("\r\n\r\n");
  if (!answer->starts_with("HTTP/1") || answer->find(" 200 ") > 12 || head == std::string::npos)
    return Fail("the daemon's metrics: " + answer->substr(0, answer->find('\r')));
  return Samples::Parse(std::string_view(*answer).substr(head + 4));
}

}  // namespace xtcp2::bench
