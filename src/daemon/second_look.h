// Whether a row of the walk is what netlink says of the same socket. A socket at rest is asked for once; where that
// leaves a doubt, the walk reads it again between two looks by netlink, several times, so that neither traffic nor an
// owner at work is taken for a mistake. One thread; uses its walker's number alone while it works.
#pragma once

#include <string>

#include "collect/agree.h"
#include "collect/exact_look.h"
#include "daemon/walk_sample.h"
#include "decode/locate.h"

namespace xtcp2::daemon {

struct Verdict {
  enum class Kind : uint8_t {
    kAgreed,     // nothing that could be judged is different
    kGone,       // the socket ended, or became another kind of socket
    kDisagreed,  // `fields` are different time and again
  } kind = Kind::kAgreed;
  collect::FieldSet fields = {};
  std::string text = {};  // both values of each
};

class SecondLook {
 public:
  SecondLook(bpf::WalkProgram& program, unsigned walker) : program_(program), walker_(walker) {}

  // `channel`: in the namespace of the row. An error: netlink or the walk cannot be asked.
  Result<Verdict> Judge(const WalkPick& pick, netlink::Channel& channel);
  // Without the short way for what seems to agree, and with patience for a socket that does not come to rest.
  Result<Verdict> JudgeClosely(const WalkPick& pick, netlink::Channel& channel) {
    return JudgeBetween(pick, channel, kMostLooks);
  }

 private:
  static constexpr int kMostLooks = 16;

  // A row with what LocateRow() may read behind it.
  struct RowCopy {
    xtcp2_bpf_row row;
    uint8_t behind[decode::kReadSlack];
  };

  // `patience`: looks that may say nothing until the socket is let go.
  Result<Verdict> JudgeBetween(const WalkPick& pick, netlink::Channel& channel, int patience);
  // So that neither falls into step with an owner who does the same over and over.
  void Pause();
  const schema::Socket& Located(const xtcp2_bpf_row& row);
  // One more look by each, with pauses between if there is a doubt; false: the socket is gone.
  Result<bool> LookAgain(const WalkPick& pick, netlink::Channel& channel, bool doubt);
  Result<bool> Ask(collect::ExactLook& look, const WalkPick& pick, netlink::Channel& channel);
  Result<bool> ReadAgain(const WalkPick& pick);
  // Leaves in `doubted` what is wrong by this look, too, unless the look says nothing.
  void Weigh(collect::FieldSet& doubted, int& wrong) const;

  bpf::WalkProgram& program_;
  const unsigned walker_;
  collect::ExactLook first_, before_, after_;
  RowCopy copy_{};
  schema::Socket walked_;
  std::minstd_rand random_{std::random_device{}()};
};

// The socket's identity as netlink is asked for it.
abi::InetDiagSockId SockIdOf(const xtcp2_bpf_row& row);
// Whether both rows are of one socket in one stage of its life, also when it got its cookie between the two.
bool SameSocket(const xtcp2_bpf_row& one, const xtcp2_bpf_row& two);

}  // namespace xtcp2::daemon
