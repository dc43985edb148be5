#include "room.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <mntent.h>
#include <sched.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstring>
#include <system_error>

namespace xtcp2::test {
namespace {

constexpr const char *kGhost = "10.77.0.9", *kGhost6 = "fd77::9";  // nobody answers there

const Place kPlaces[] = {
    {AF_INET, "127.0.0.1", 443},           {AF_INET, "127.0.0.2", 8080, 0x10},
    {AF_INET, "10.77.0.1", 22, 0x11},      {AF_INET6, "::1", 443, 0x110},
    {AF_INET6, "fd77::1", 8443, 0x1},      {AF_INET6, "::ffff:127.0.0.1", 9000, 0x12},
    {AF_INET, "127.0.0.3", 7000, 0, "lo"},
};
const Place kListenersOnly[] = {{AF_INET, "0.0.0.0", 5000, 0x10},
                                {AF_INET6, "::", 5001, 0x21},
                                {AF_INET, "10.77.0.1", 5002, 0, "va"},
                                {AF_INET6, "::", 5003, 0, "vb"}};

void Run(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = 0;
  if (const int error = posix_spawnp(&pid, arguments[0], nullptr, nullptr, arguments.data(), environ))
    throw std::system_error(error, std::generic_category(), words[0]);
  int status = 0;
  Must(waitpid(pid, &status, 0), "waitpid");
  if (status != 0) throw std::system_error(ECHILD, std::generic_category(), words[0] + " " + words[1] + " failed");
}

void Write(const std::string& path, const std::string& text) {
  const Fd file(Must(open(path.c_str(), O_WRONLY | O_CLOEXEC), path.c_str()));
  Must(static_cast<int>(write(file.get(), text.data(), text.size())), path.c_str());
}

std::string UnifiedMount() {
  FILE* file = setmntent("/proc/self/mounts", "re");
  std::string found;
  for (const mntent* entry = file ? getmntent(file) : nullptr; entry; entry = getmntent(file))
    if (std::strcmp(entry->mnt_type, "cgroup2") == 0) found = entry->mnt_dir;
  if (file) endmntent(file);
  return found;
}

void Option(const Fd& socket, int level, int name, int value) {
  Must(setsockopt(socket.get(), level, name, &value, sizeof value), "setsockopt");
}

Fd Open(int family, const char* device, uint32_t mark, int flags = 0) {
  Fd made(Must(socket(family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), "socket"));
  if (family == AF_INET6) Option(made, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  const timeval patience{5, 0};  // of connect and accept: an error instead of a test that hangs
  for (const int timeout : {SO_RCVTIMEO, SO_SNDTIMEO})
    Must(setsockopt(made.get(), SOL_SOCKET, timeout, &patience, sizeof patience), "setsockopt");
  if (mark) Option(made, SOL_SOCKET, SO_MARK, static_cast<int>(mark));
  if (*device)
    Must(setsockopt(made.get(), SOL_SOCKET, SO_BINDTODEVICE, device, static_cast<socklen_t>(std::strlen(device))),
         "SO_BINDTODEVICE");
  return made;
}

// Sends until the peer's buffer and our own are full.
void Fill(const Fd& socket) {
  const std::vector<char> block(65536);
  while (send(socket.get(), block.data(), block.size(), MSG_DONTWAIT) > 0) {
  }
}

}  // namespace

int Must(int result, const char* what) {
  if (result == -1) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

sockaddr_in6 Address(int family, const char* address, uint16_t port, socklen_t& size) {
  sockaddr_in6 out{};
  size = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  sockaddr_in inet{};
  inet.sin_family = AF_INET;
  inet.sin_port = out.sin6_port = htons(port);
  out.sin6_family = AF_INET6;
  if (family == AF_INET6) {
    Must(inet_pton(family, address, &out.sin6_addr) - 1, address);
    return out;
  }
  Must(inet_pton(family, address, &inet.sin_addr) - 1, address);
  std::memcpy(&out, &inet, sizeof inet);
  return out;
}

Room::Room() {
  Must(unshare(CLONE_NEWNET), "unshare");
  // A child of this one can have a hash table of its own, which is walked in no time (6.1+); without it the test takes
  // longer.
  constexpr const char* kTableSize = "/proc/sys/net/ipv4/tcp_child_ehash_entries";
  if (access(kTableSize, W_OK) == 0) {
    Write(kTableSize, "1024");
    Must(unshare(CLONE_NEWNET), "unshare");
  }
  Run({"ip", "link", "set", "lo", "up"});
  Run({"ip", "link", "add", "name", "va", "type", "veth", "peer", "name", "vb"});
  for (const char* device : {"va", "vb"}) Run({"ip", "link", "set", device, "up"});
  Run({"ip", "addr", "add", "10.77.0.1/24", "dev", "va"});
  Run({"ip", "addr", "add", "fd77::1/64", "dev", "va", "nodad"});
  for (const char* ghost : {kGhost, kGhost6})
    Run({"ip", "neigh", "replace", ghost, "lladdr", "02:00:00:00:00:99", "dev", "va", "nud", "permanent"});
  Write("/proc/sys/net/ipv4/tcp_synack_retries", "10");
  Write("/proc/sys/net/ipv4/tcp_syn_retries", "10");
  for (const Place& place : kPlaces) Furnish(place);
  for (const Place& place : kListenersOnly) kept_.push_back(Listen(place));
  FurnishGroup();
  Refresh();
}

Room::~Room() {
  kept_.clear();
  restless_.clear();
  listeners_.clear();
  if (!group_folder_.empty()) rmdir(group_folder_.c_str());
}

Fd Room::Listen(const Place& place) {
  Fd listener = Open(place.family, place.device, place.mark);
  socklen_t size = 0;
  const sockaddr_in6 address = Address(place.family, place.address, place.port, size);
  Option(listener, SOL_SOCKET, SO_REUSEADDR, 1);
  Option(listener, SOL_SOCKET, SO_RCVBUF, 4096);  // inherited: Fill() comes to its end soon
  Must(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), size), "bind");
  Must(listen(listener.get(), 64), "listen");
  return listener;
}

Room::Pair Room::Connect(const Place& place, const Fd& listener, const char* device, uint32_t mark) {
  Pair pair{Open(place.family, device, mark), {}};
  Option(pair.client, SOL_SOCKET, SO_SNDBUF, 4096);
  socklen_t size = 0;
  const sockaddr_in6 address = Address(place.family, place.address, place.port, size);
  Must(connect(pair.client.get(), reinterpret_cast<const sockaddr*>(&address), size), "connect");
  pair.server = Fd(Must(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
  return pair;
}

void Room::Keep(Pair pair) {
  kept_.push_back(std::move(pair.client));
  kept_.push_back(std::move(pair.server));
}

void Room::Furnish(const Place& place) {
  const Fd& listener = listeners_.emplace_back(place, Listen(place)).second;
  Keep(Connect(place, listener));
  const bool loopback = std::strstr(place.address, "127.") || std::strcmp(place.address, "::1") == 0;
  Keep(Connect(place, listener, loopback ? "lo" : "", 0x10));
  Keep(Connect(place, listener, "", 0x2110));

  Pair half = Connect(place, listener, "", 0x1);  // FIN_WAIT_2 and CLOSE_WAIT
  Must(shutdown(half.client.get(), SHUT_WR), "shutdown");
  Keep(std::move(half));

  Pair full = Connect(place, listener);  // FIN_WAIT_1: the FIN waits behind data that is not read
  Fill(full.client);
  Must(shutdown(full.client.get(), SHUT_WR), "shutdown");
  Keep(std::move(full));

  Pair last = Connect(place, listener, "", 0x20);  // the same behind the peer's FIN: LAST_ACK
  Must(shutdown(last.server.get(), SHUT_WR), "shutdown");
  Fill(last.client);
  Must(shutdown(last.client.get(), SHUT_WR), "shutdown");
  Keep(std::move(last));
}

// Sockets belong to the group their maker was in.
void Room::FurnishGroup() {
  const std::string mount = UnifiedMount(), name = "xtcp2-filter-" + std::to_string(getpid());
  if (mount.empty() || mkdir((mount + "/" + name).c_str(), 0755) != 0) return;
  group_folder_ = mount + "/" + name;
  std::string home(4096, '\0');
  const Fd file(Must(open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC), "/proc/self/cgroup"));
  home.resize(static_cast<size_t>(std::max<ssize_t>(0, read(file.get(), home.data(), home.size()))));
  home = home.substr(home.find("0::") + 3);
  home = home.substr(0, home.find('\n'));
  Write(group_folder_ + "/cgroup.procs", std::to_string(getpid()));
  Furnish({AF_INET, "127.0.0.4", 6000, 0x30});
  Furnish({AF_INET6, "::1", 6001});
  Write(mount + home + "/cgroup.procs", std::to_string(getpid()));
  cgroups_ = {"/" + name, name, group_folder_, mount};
}

void Room::Refresh() {
  restless_.clear();
  for (const auto& [place, listener] : listeners_) {
    Pair gone = Connect(place, listener, "", 0x11);  // the client becomes TIME_WAIT when the server has closed too
    Must(shutdown(gone.client.get(), SHUT_WR), "shutdown");
    gone.server.Close();
    gone.client.Close();
    Pair orphan = Connect(place, listener, place.device, 0x10);  // FIN_WAIT_2 as a minisocket
    orphan.client.Close();
    restless_.push_back(std::move(orphan.server));
  }
  static uint16_t port = 30000;
  for (const auto& [family, ghost] : {std::pair{AF_INET, kGhost}, {AF_INET6, kGhost6}}) {
    restless_.push_back(Open(family, "", 0x10, SOCK_NONBLOCK));
    socklen_t size = 0;
    const sockaddr_in6 address = Address(family, ghost, 81, size);
    if (connect(restless_.back().get(), reinterpret_cast<const sockaddr*>(&address), size) == 0 || errno != EINPROGRESS)
      Must(-1, "connect to nobody");
  }
  SendSyn(AF_INET, kGhost, ++port, "10.77.0.1", 5000);
  SendSyn(AF_INET, kGhost, ++port, "10.77.0.1", 5001);  // a dual-stack listener: mapped
  SendSyn(AF_INET6, kGhost6, ++port, "fd77::1", 5001);
}

}  // namespace xtcp2::test
