// That every place in the table is the kernel's, and that no place could be another one unnoticed: the table's reading
// is compared with kernel_truth_test.h over bytes that all differ, then every field is moved, widened, narrowed and
// shifted, and each such change must read something else.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

#include "schema/export_text.h"
#include "schema/kernel_truth_test.h"
#include "schema/read.h"
#include "schema/table.h"

namespace xtcp2::schema {
namespace {

constexpr size_t kPartBytes = 384;  // more than any part, so that moved fields stay inside
constexpr int kFills = 24;          // one fill may hide a change of one bit; not all of them

// A socket whose parts are filled with bytes that depend on `seed`.
struct Filled {
  explicit Filled(unsigned seed) {
    std::mt19937 random(seed);
    for (size_t part = 0; part < bytes.size(); ++part) {
      for (uint8_t& byte : bytes[part]) byte = static_cast<uint8_t>(random());
      socket.part[part] = bytes[part].data();
    }
  }
  std::array<std::array<uint8_t, kPartBytes>, kPartCount> bytes;
  Socket socket;
};

const std::vector<std::unique_ptr<Filled>>& Fills() {
  static const auto fills = [] {
    std::vector<std::unique_ptr<Filled>> out;
    for (int i = 0; i < kFills; ++i) out.push_back(std::make_unique<Filled>(static_cast<unsigned>(i)));
    return out;
  }();
  return fills;
}

// What a field reads: its number, or its bytes.
struct Value {
  uint64_t number = 0;
  std::string bytes;
  bool operator==(const Value&) const = default;
};

Value Expected(const KernelTruth& truth, const Filled& filled) {
  const uint8_t* at = filled.bytes[static_cast<size_t>(truth.attribute)].data() + truth.offset;
  if (truth.order == Order::kRaw)
    return {0, std::string(reinterpret_cast<const char*>(at), static_cast<size_t>(truth.width))};
  uint64_t number = 0;
  for (int i = 0; i < truth.width; ++i) {
    const int byte =
        truth.order == Order::kBig ? i : truth.width - 1 - i;  // most significant first (this host is little-endian)
    number = number << 8 | at[byte];
  }
  if (truth.bits != 0) number = (number >> truth.shift) % (uint64_t{1} << truth.bits);
  return {number, {}};
}

Value Actual(const Field& field, const Filled& filled) {
  return {ReadNumber(field, filled.socket), std::string(ReadText(field, filled.socket))};
}

bool ReadsTheTruth(const Field& field, const KernelTruth& truth) {
  for (const auto& filled : Fills())
    if (!(Actual(field, *filled) == Expected(truth, *filled))) return false;
  return true;
}

std::map<std::string_view, KernelTruth> TruthByName() {
  std::map<std::string_view, KernelTruth> out;
  for (const KernelTruth& truth : kKernelTruth) out[truth.name] = truth;
  return out;
}

// Every way in which one entry of the table could be slightly wrong.
std::vector<std::pair<std::string, Field>> Mutations(const Field& field) {
  std::vector<std::pair<std::string, Field>> out;
  const auto add = [&](std::string what, auto change) {
    Field copy = field;
    change(copy);
    out.emplace_back(std::move(what), copy);
  };
  add("offset + 1", [](Field& f) { f.offset += 1; });
  add("offset + size", [](Field& f) { f.offset += LoadSize(f.load); });
  if (field.offset > 0) add("offset - 1", [](Field& f) { f.offset -= 1; });
  if (field.offset >= LoadSize(field.load)) add("offset - size", [](Field& f) { f.offset -= LoadSize(f.load); });
  for (int part = 0; part <= Index(Part::kSockopt); ++part)
    if (part != Index(field.part))
      add("part " + std::to_string(part), [&](Field& f) { f.part = static_cast<Part>(part); });
  for (const Load load : {Load::kU8, Load::kU16, Load::kU32, Load::kU64, Load::kBig16, Load::kBytes16, Load::kZero})
    if (load != field.load) add("load " + std::to_string(static_cast<int>(load)), [&](Field& f) { f.load = load; });
  if (field.load == Load::kBits) {
    add("shift + 1", [](Field& f) { f.shift += 1; });
    if (field.shift > 0) add("shift - 1", [](Field& f) { f.shift -= 1; });
    add("bits + 1", [](Field& f) { f.bits += 1; });
    add("bits - 1", [](Field& f) { f.bits -= 1; });
  }
  return out;
}

bool IsTopNibble(const Field& field) { return field.shift + field.bits == 8; }

TEST(Mutation, EveryFieldFromTheKernelIsWhereTheKernelPutIt) {
  auto truths = TruthByName();
  ASSERT_EQ(truths.size(), std::size(kKernelTruth)) << "a name stands twice";
  for (const Field& field : kFields) {
    if (!IsKernelPart(field.part)) continue;
    const auto truth = truths.find(field.name);
    ASSERT_NE(truth, truths.end()) << field.name << " is not in kernel_truth_test.h";
    EXPECT_EQ(Index(field.part), truth->second.attribute) << field.name;
    for (const auto& filled : Fills())
      EXPECT_EQ(Actual(field, *filled), Expected(truth->second, *filled)) << field.name;
    truths.erase(truth);
  }
  for (const auto& [name, truth] : truths) ADD_FAILURE() << name << " is not in the table";
}

TEST(Mutation, NoFieldCouldBeElsewhereUnnoticed) {
  const auto truths = TruthByName();
  size_t tried = 0;
  for (const Field& field : kFields) {
    if (!IsKernelPart(field.part)) continue;
    for (const auto& [what, mutant] : Mutations(field)) {
      // One more bit than the byte has is no change.
      if (what == "bits + 1" && IsTopNibble(field)) continue;
      EXPECT_FALSE(ReadsTheTruth(mutant, truths.at(field.name))) << field.name << ": " << what << " reads the same";
      ++tried;
    }
  }
  EXPECT_GT(tried, 3000u);
}

// The same for layouts of ours: each field reads the member that bears its name.
TEST(Mutation, TextsOfTheContextAreTheirOwn) {
  Context context;
  context.daemon_version = "daemon_version";
  context.hostname = "hostname";
  context.location = "location";
  context.netns = "netns";
  context.container_id = "container_id";
  context.container_runtime = "container_runtime";
  context.container_name = "container_name";
  context.container_image = "container_image";
  context.label = "label";
  context.tag = "tag";
  std::vector<std::string> names;
  names.reserve(2 * 10);
  for (auto* uplink : {&context.uplink1, &context.uplink2}) {
    const auto name = [&](const char* member) -> std::string_view {
      return names.emplace_back((uplink == &context.uplink1 ? "uplink1_" : "uplink2_") + std::string(member));
    };
    uplink->ifname = name("ifname");
    uplink->nic_driver = name("nic_driver");
    uplink->nic_model = name("nic_model");
    uplink->nic_bus_info = name("nic_bus_info");
    uplink->nic_fw_version = name("nic_fw_version");
    uplink->lldp_chassis_name = name("lldp_chassis_name");
    uplink->lldp_chassis_id = name("lldp_chassis_id");
    uplink->lldp_mgmt_ip = name("lldp_mgmt_ip");
    uplink->lldp_port_id = name("lldp_port_id");
    uplink->lldp_port_descr = name("lldp_port_descr");
  }
  Socket socket;
  socket.part[Index(Part::kContext)] = reinterpret_cast<const uint8_t*>(&context);
  for (const Field& field : kFields) {
    if (field.part != Part::kContext || !field.IsText()) continue;
    EXPECT_EQ(ReadText(field, socket), field.name);
  }
}

TEST(Mutation, NumbersOfTheContextAndTheRowAreTheirOwn) {
  Context context;
  context.uplink1 = {};
  RowFacts row;
  std::map<std::string_view, uint64_t> expected;
  uint64_t next = 0x01020304'00000000;  // differs in both halves; truncated for 32-bit members
  const auto set = [&](std::string_view name, auto& member) {
    next += 0x01010101'01010101;
    member = static_cast<std::remove_reference_t<decltype(member)>>(next);
    expected[name] = static_cast<uint64_t>(member);
  };
  set("schema_version", context.schema_version);
  set("timestamp_ns", context.timestamp_ns);
  set("netns_inode", context.netns_inode);
  set("nsid", context.nsid);
  set("socket_fd", context.socket_fd);
  set("netlinker_id", context.netlinker_id);
  set("uplink1_nic_pci_vendor", context.uplink1.nic_pci_vendor);
  set("uplink1_nic_pci_device", context.uplink1.nic_pci_device);
  set("uplink1_nic_speed_mbps", context.uplink1.nic_speed_mbps);
  set("uplink2_nic_pci_vendor", context.uplink2.nic_pci_vendor);
  set("uplink2_nic_pci_device", context.uplink2.nic_pci_device);
  set("uplink2_nic_speed_mbps", context.uplink2.nic_speed_mbps);
  set("record_kind", context.record_kind);
  set("collector", context.collector);
  set("sample_rate", context.sample_rate);
  set("boot_id", context.boot_id);
  set("netns_cookie", context.netns_cookie);
  set("record_counter", row.record_counter);
  set("observed_delay_us", row.observed_delay_us);
  set("tcp_info_length", row.tcp_info_length);
  set("parts_present", row.parts_present);
  set("inet_diag_cong_enum", row.congestion);
  set("tcp_info_ecn_mode", row.ecn_mode);
  set("tcp_info_accecn_opt_seen", row.accecn_opt_seen);
  set("tcp_info_accecn_fail_mode", row.accecn_fail_mode);
  set("tcp_info_options2", row.options2);
  Socket socket;
  socket.part[Index(Part::kContext)] = reinterpret_cast<const uint8_t*>(&context);
  socket.part[Index(Part::kRow)] = reinterpret_cast<const uint8_t*>(&row);
  for (const Field& field : kFields) {
    if ((field.part != Part::kContext && field.part != Part::kRow) || field.IsText()) continue;
    ASSERT_TRUE(expected.contains(field.name)) << field.name << ": add it here";
    EXPECT_EQ(ReadNumber(field, socket), expected[field.name]) << field.name;
  }
}

TEST(Mutation, NamesOfTheRowAreTheirOwnAndEndAtTheNul) {
  RowFacts row;
  std::memcpy(row.cong, "bbr\0left over", 13);
  std::memcpy(row.ulp, "sixteen letters!", 16);
  Socket socket;
  socket.part[Index(Part::kRow)] = reinterpret_cast<const uint8_t*>(&row);
  EXPECT_EQ(ReadText(kFields[IndexOf("inet_diag_cong")], socket), "bbr");
  EXPECT_EQ(ReadText(kFields[IndexOf("inet_diag_ulp_name")], socket), "sixteen letters!");
}

}  // namespace
}  // namespace xtcp2::schema
