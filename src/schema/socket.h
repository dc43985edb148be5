// Socket: where the parts of one socket's answer lie. A view, not a copy: it borrows the datagram (or BPF block, or
// capture) it was made from and is gone with it. Encoders, filters and samplers read fields out of the parts at offsets
// the compiler took from the table.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "abi/inet_diag.h"
#include "schema/field.h"

namespace xtcp2::schema {

// Facts that are the same for every socket of a namespace in one poll; encoded once and copied per row. Borrows its
// texts.
struct Context {
  uint32_t schema_version = 2;
  uint32_t nsid = 0;
  uint32_t record_kind = 0;
  uint32_t collector = 0;
  uint32_t sample_rate = 1;
  int64_t timestamp_ns = 0;
  uint64_t netns_inode = 0;
  uint64_t netns_cookie = 0;
  uint64_t boot_id = 0;
  uint64_t socket_fd = 0;
  uint64_t netlinker_id = 0;
  std::string_view daemon_version, hostname, location, netns;
  std::string_view container_id, container_runtime, container_name, container_image;
  std::string_view label, tag;
  struct Uplink {
    std::string_view ifname, nic_driver, nic_model, nic_bus_info, nic_fw_version;
    std::string_view lldp_chassis_name, lldp_chassis_id, lldp_mgmt_ip, lldp_port_id, lldp_port_descr;
    uint32_t nic_pci_vendor = 0, nic_pci_device = 0, nic_speed_mbps = 0;
  };
  Uplink uplink1, uplink2;
};

// Facts found per socket while locating it.
struct RowFacts {
  uint64_t record_counter = 0;
  uint64_t parts_present = 0;
  uint32_t observed_delay_us = 0;
  uint32_t tcp_info_length = 0;
  uint32_t congestion = 0;                                                         // enum CongestionAlgorithm
  uint32_t ecn_mode = 0, accecn_opt_seen = 0, accecn_fail_mode = 0, options2 = 0;  // from tcp_info's last word
  char cong[16] = {};                                                              // zero-padded
  char ulp[16] = {};                                                               // zero-padded
};

// 512 readable zero bytes: what an absent part points to.
extern const std::array<uint8_t, 512> kZeros;

struct Socket {
  std::array<const uint8_t*, kPartCount> part;
  RowFacts row;
  // A part that the kernel gave shorter than the table knows is copied here and followed by zeros, so that no field
  // needs a check.
  static constexpr size_t kInfoTail = 96;  // zeros behind a tcp_info of 184 bytes or more, whatever its length
  std::array<uint8_t, sizeof(abi::TcpInfo) + kInfoTail> info_copy;
  std::array<uint8_t, 64> small_copy[24];

  // Congestion names of up to seven letters that decode::Locate met, and what they are.
  struct KnownName {
    uint64_t name = 0;  // zero-padded
    uint32_t congestion = 0;
  };
  std::array<KnownName, 16> known_names;

  Socket() { part.fill(kZeros.data()); }
  Socket(const Socket&) = delete;  // part[kRow] may point into this object
  Socket& operator=(const Socket&) = delete;

  const uint8_t* operator[](Part p) const { return part[static_cast<size_t>(p)]; }
};

}  // namespace xtcp2::schema
