#include "kafka/inbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace xtcp2::kafka {

Inbox::Inbox() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Inbox::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(event_.get(), &one, sizeof one);
}

void Inbox::Put(Report report) {
  const std::lock_guard lock(mutex_);
  if (report.error == RD_KAFKA_RESP_ERR_NO_ERROR) trouble_.reset();
  news_.reports.push_back(std::move(report));
  Wake();
}

void Inbox::Put(Trouble trouble) {
  const std::lock_guard lock(mutex_);
  trouble_ = std::move(trouble);
  Wake();
}

void Inbox::PutAllDown() {
  const std::lock_guard lock(mutex_);
  news_.all_down = true;
  Wake();
}

void Inbox::PutFatal(Trouble trouble) {
  const std::lock_guard lock(mutex_);
  if (!news_.fatal) news_.fatal = std::move(trouble);
  Wake();
}

Inbox::News Inbox::Take() {
  const std::lock_guard lock(mutex_);
  uint64_t count;
  [[maybe_unused]] const ssize_t got = read(event_.get(), &count, sizeof count);
  return std::exchange(news_, {});
}

std::optional<Trouble> Inbox::LastTrouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void Inbox::Clear() {
  const std::lock_guard lock(mutex_);
  news_ = {};
  trouble_.reset();
}

}  // namespace xtcp2::kafka
