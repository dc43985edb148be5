#include "filter/filter.h"

#include <net/if.h>
#include <sys/ioctl.h>

#include <cstring>

#include "filter/parse.h"

namespace xtcp2::filter {
namespace {

Simplified Whole(const NodePtr& root) {
  if (!root) return true;
  return root;
}

// The tree with every device looked up.
NodePtr LookedUp(const NodePtr& node, const std::function<uint32_t(const std::string&)>& index) {
  auto copy = std::make_shared<Node>(*node);
  if (node->kind == Node::Kind::kCondition && node->condition.kind == Condition::Kind::kDevice &&
      !node->condition.name.empty()) {
    const uint32_t found = index(node->condition.name);
    copy->condition.value = found ? found : kNoDevice;
  }
  for (NodePtr& child : copy->children) child = LookedUp(child, index);
  return copy;
}

}  // namespace

Filter::Inner::Inner(NodePtr tree) : root(std::move(tree)), program(Whole(root)) {
  if (!root) return;
  ForEachCondition(*root, [&](const Condition& condition) {
    if (condition.kind == Condition::Kind::kMark) needed |= uint64_t{1} << abi::kInetDiagMark;
    if (condition.kind == Condition::Kind::kCgroup) needed |= uint64_t{1} << abi::kInetDiagCgroupId;
    if (condition.kind == Condition::Kind::kDevice && !condition.name.empty()) needs_devices = true;
  });
}

Filter::Filter() : Filter(NodePtr()) {}

Result<Filter> Filter::Parse(std::string_view text, const Names& names) {
  Result<NodePtr> root = filter::Parse(text, names);
  if (!root) return tl::unexpected(std::move(root.error()));
  return Filter(*std::move(root));
}

std::string Filter::Text() const { return inner_->root ? Print(*inner_->root) : std::string(); }

bool Filter::operator==(const Filter& other) const {
  const NodePtr &a = inner_->root, &b = other.inner_->root;
  return a && b ? Equal(*a, *b) : a == b;
}

Filter Filter::WithDevices(const std::function<uint32_t(const std::string& name)>& index) const {
  return NeedsDevices() ? Filter(LookedUp(inner_->root, index)) : *this;
}

uint32_t DeviceIndex(int socket_fd, const std::string& name) {
  ifreq request{};
  if (name.size() >= sizeof request.ifr_name) return 0;
  std::memcpy(request.ifr_name, name.data(), name.size());
  if (ioctl(socket_fd, SIOCGIFINDEX, &request) != 0 || request.ifr_ifindex <= 0) return 0;
  return static_cast<uint32_t>(request.ifr_ifindex);
}

}  // namespace xtcp2::filter
