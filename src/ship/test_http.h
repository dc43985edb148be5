// For the tests of this folder: an HTTP/1.1 server that hands each request to a function, and an openssl s_server that
// speaks TLS in front of a scripted answer. Both on 127.0.0.1, both gone with the object.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <map>

#include "ship/test_peers.h"

namespace xtcp2::ship::test {

struct Request {
  std::string method, target, body;
  std::map<std::string, std::string> headers;  // names in lower case
};
struct Response {
  int status = 200;
  std::string headers;  // whole lines
  std::string body;
  bool hang_up = false;  // no answer, the connection is closed
};

// Takes one request off the front of `buffer`; false when it is not whole yet.
inline bool TakeRequest(std::string& buffer, Request& request) {
  const size_t head_end = buffer.find("\r\n\r\n");
  if (head_end == std::string::npos) return false;
  std::istringstream head(buffer.substr(0, head_end));
  request = {};
  std::string line;
  head >> request.method >> request.target;
  std::getline(head, line);
  while (std::getline(head, line)) {
    const size_t colon = line.find(':');
    std::string name = line.substr(0, colon);
    for (char& c : name) c = static_cast<char>(std::tolower(c));
    std::string value = line.substr(line.find_first_not_of(' ', colon + 1));
    while (!value.empty() && value.back() == '\r') value.pop_back();
    request.headers[name] = value;
  }
  const size_t length = request.headers.contains("content-length") ? std::stoul(request.headers["content-length"]) : 0;
  if (buffer.size() - head_end - 4 < length) return false;
  request.body = buffer.substr(head_end + 4, length);
  buffer.erase(0, head_end + 4 + length);
  return true;
}

class HttpServer {
 public:
  using Handler = std::function<Response(const Request&)>;
  explicit HttpServer(Handler handler, const std::string& where = "ip4:0")
      : listener_(Bind(where, SOCK_STREAM)), handler_(std::move(handler)), thread_([this] { Accept(); }) {}
  ~HttpServer() {
    stop_.Set();
    thread_.join();
    for (auto& serving : serving_) serving.join();
  }
  uint16_t port() const { return PortOf(listener_); }
  std::string url(const std::string& path = "/in") const { return "http://127.0.0.1:" + std::to_string(port()) + path; }
  std::vector<Request> Requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }
  size_t connections() const { return connections_; }

 private:
  void Accept() {
    while (stop_.WaitFor(listener_.get(), POLLIN, kNever) == Interrupt::Outcome::kReady) {
      const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++connections_;
      serving_.emplace_back([this, fd] { Serve(Fd(fd)); });
    }
  }
  void Serve(const Fd& fd) {
    std::string buffer;
    Request request;
    std::vector<char> piece(65536);
    while (stop_.WaitFor(fd.get(), POLLIN, kNever) == Interrupt::Outcome::kReady) {
      const ssize_t n = recv(fd.get(), piece.data(), piece.size(), 0);
      if (n <= 0) return;
      buffer.append(piece.data(), static_cast<size_t>(n));
      while (TakeRequest(buffer, request)) {
        const Response response = handler_(request);
        {
          std::lock_guard lock(mutex_);
          requests_.push_back(request);
        }
        if (response.hang_up) return;
        const std::string text = "HTTP/1.1 " + std::to_string(response.status) +
                                 " Whatever\r\nContent-Length: " + std::to_string(response.body.size()) + "\r\n" +
                                 response.headers + "\r\n" + response.body;
        send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
      }
    }
  }

  Fd listener_;
  const Handler handler_;
  Interrupt stop_;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::atomic<size_t> connections_{0};
  std::vector<std::thread> serving_;
  std::thread thread_;
};

// Runs a program to its end in silence; true when it exits with 0.
inline bool RunProgram(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

// A CA, a server certificate for 127.0.0.1 and a client certificate in a folder.
inline bool MakeCertificates(const TempDir& dir) {
  const auto run = [&dir](const std::string& command) {
    return RunProgram(fmt::format("cd {} && openssl {}", dir.path(), command));
  };
  // A configuration of its own: an emulated guest has no /etc/ssl.
  std::ofstream(dir / "conf") << "[req]\ndistinguished_name = name\n[name]\n";
  constexpr std::string_view kRequest = "req -config conf -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
  bool ok = run(fmt::format(
      "{} -x509 -addext basicConstraints=critical,CA:TRUE -days 2 -subj /CN=test-ca -keyout ca.key -out ca.pem",
      kRequest));
  std::ofstream(dir / "san") << "subjectAltName=IP:127.0.0.1\n";
  for (const char* name : {"server", "client"}) {
    ok = ok && run(fmt::format("{0} -subj /CN={1} -keyout {1}.key -out {1}.csr", kRequest, name));
    ok = ok &&
         run(fmt::format("x509 -req -days 2 -in {0}.csr -CA ca.pem -CAkey ca.key -extfile san -out {0}.pem", name));
  }
  return ok;
}

// openssl s_server that demands a client certificate of the CA. What the client sends arrives on a pipe; every whole
// request is answered with 204.
class TlsServer {
 public:
  explicit TlsServer(const TempDir& dir) {
    port_ = PortOf(Bind("ip4:0", SOCK_STREAM));  // free a moment ago
    const std::vector<std::string> words{"openssl",
                                         "s_server",
                                         "-quiet",
                                         "-accept",
                                         "127.0.0.1:" + std::to_string(port_),
                                         "-cert",
                                         dir / "server.pem",
                                         "-key",
                                         dir / "server.key",
                                         "-CAfile",
                                         dir / "ca.pem",
                                         "-Verify",
                                         "1",
                                         "-verify_return_error"};
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    int to[2];
    int from[2];
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) std::abort();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], 0);
    posix_spawn_file_actions_adddup2(&actions, from[1], 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid_, "openssl", &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    Fd unused_read(to[0]), unused_write(from[1]);
    to_ = Fd(to[1]);
    from_ = Fd(from[0]);
    thread_ = std::thread([this] { Run(); });
  }
  ~TlsServer() {
    stop_.Set();
    thread_.join();
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
  }
  bool running() const { return pid_ > 0; }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_) + "/in"; }
  std::vector<Request> Requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Run() {
    std::string buffer;
    Request request;
    char piece[65536];
    while (stop_.WaitFor(from_.get(), POLLIN, kNever) == Interrupt::Outcome::kReady) {
      const ssize_t n = read(from_.get(), piece, sizeof piece);
      if (n <= 0) return;
      buffer.append(piece, static_cast<size_t>(n));
      while (TakeRequest(buffer, request)) {
        const std::string answer = "HTTP/1.1 204 No Content\r\n\r\n";
        if (write(to_.get(), answer.data(), answer.size()) < 0) return;
        std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
    }
  }

  uint16_t port_ = 0;
  pid_t pid_ = -1;
  Fd to_, from_;
  Interrupt stop_;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::thread thread_;
};

}  // namespace xtcp2::ship::test
