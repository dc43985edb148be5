// A peer that answers a dump as a script says, for both runners: the system calls' one sees it through a channel, the
// ring's through a pair of sockets in netlink's place. What a socket pair cannot be made to do (an errno) is written
// into the completion.
#pragma once

#include <map>
#include <memory>

#include "collect/dump_ring.h"
#include "collect/scripted_channel_for_test.h"
#include "uring/ring_for_test.h"

namespace xtcp2::collect {

class ScriptedPeer {
 public:
  virtual ~ScriptedPeer() = default;
  virtual void Add(const std::vector<uint8_t>& datagram) = 0;
  virtual void AddErrno(int code) = 0;     // a receive that ends so
  virtual void RefuseRequest() = 0;        // with ENOTCONN
  virtual bool HasUnread() = 0;            // datagrams of the script that nobody received
  virtual void Address(DumpJob& job) = 0;  // sets channel and fd
  virtual DumpRunner& runner() = 0;
};

class ChannelPeer final : public ScriptedPeer {
 public:
  void Add(const std::vector<uint8_t>& datagram) override {
    channel_.script.push_back({netlink::Received::Kind::kDatagram, datagram});
  }
  void AddErrno(int code) override {
    using Kind = netlink::Received::Kind;
    channel_.script.push_back({code == ENOBUFS ? Kind::kOverrun : Kind::kFailed, {}, code});
  }
  void RefuseRequest() override { channel_.refuse_send = ENOTCONN; }
  bool HasUnread() override { return !channel_.script.empty(); }
  void Address(DumpJob& job) override { job.channel = &channel_; }
  DumpRunner& runner() override { return *runner_; }

 private:
  ScriptedChannel channel_;
  std::unique_ptr<DumpRunner> runner_ = MakeSyscallRunner();
};

// Counts the datagrams that completions bring and replaces the results of some.
class ReplacingCalls final : public uring::FaultyCalls {
 public:
  std::map<int, int> results;  // of the n-th datagram, from 0

  unsigned Peek(io_uring* ring, io_uring_cqe** completions, unsigned most) override {
    const unsigned count = Calls::Peek(ring, completions, most);
    for (unsigned i = 0; i < count; ++i) {
      if ((completions[i]->flags & IORING_CQE_F_BUFFER) == 0) continue;
      if (const auto found = results.find(datagrams_++); found != results.end()) completions[i]->res = found->second;
    }
    return count;
  }

 private:
  int datagrams_ = 0;
};

class PairPeer final : public ScriptedPeer {
 public:
  PairPeer() {
    const int size = 4 << 20;
    setsockopt(pair_.theirs.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  }
  void Add(const std::vector<uint8_t>& datagram) override {
    const ssize_t sent = send(pair_.theirs.get(), datagram.data(), datagram.size(), MSG_DONTWAIT);
    EXPECT_EQ(sent, static_cast<ssize_t>(datagram.size())) << strerror(errno);
    ++added_;
  }
  void AddErrno(int code) override {
    calls_.results[added_] = -code;
    Add({0});
  }
  void RefuseRequest() override { pair_.ours = Fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)); }
  bool HasUnread() override {
    char byte;
    return recv(pair_.ours.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) > 0;
  }
  void Address(DumpJob& job) override {
    job.channel = &channel_;  // for the port id
    job.fd = pair_.ours.get();
  }
  DumpRunner& runner() override { return *runner_; }

 private:
  uring::Pair pair_;
  ScriptedChannel channel_;
  ReplacingCalls calls_;
  std::unique_ptr<DumpRunner> runner_ = std::move(*MakeRingRunner({.receive_batch = 4, .completion_batch = 8}, calls_));
  int added_ = 0;
};

}  // namespace xtcp2::collect
