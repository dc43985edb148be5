// What the program runs by: one plain member per option, filled from the option table (rows_*.cc) by Parse(). A Config
// that was not parsed comes from DefaultConfig(); the members have no defaults of their own, so that no default is
// written twice. Passed by const reference or copied; nothing changes one while threads read it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace xtcp2::config {

using Duration = std::chrono::nanoseconds;

// The attributes to ask the kernel for and decode: bit N is INET_DIAG_N. Names in deserializers.h.
struct Deserializers {
  uint32_t attributes = 0;
  bool Has(int attribute) const { return (attributes >> attribute & 1) != 0; }
  bool operator==(const Deserializers&) const = default;
};

struct Config {
  // Polling.
  Duration poll_frequency{};
  Duration poll_timeout{};
  uint32_t poll_jitter_pct{};
  uint64_t max_loops{};  // polls; 0: no end
  Duration reconcile_frequency{};
  bool reconcile_before_poll{};
  std::string netns;  // "all", "own"
  std::vector<std::string> netns_dirs;
  std::string proc_root;

  // Netlink.
  uint64_t nl_timeout_ms{};
  uint32_t netlinkers{};
  uint32_t netlinkers_done_chan_size{};
  uint32_t nlmsg_seq{};
  uint64_t packet_size{};       // bytes; 0: the page size
  uint32_t packet_size_mply{};  // 0: 8
  Deserializers deserializers;
  bool bound_only{};

  // Which sockets become rows. SampleRate() joins `sample` and `modulus`.
  std::string filter;    // filter::Filter::Parse takes it
  std::string families;  // "all", "ipv4", "ipv6"
  std::vector<std::string> netns_include, netns_exclude;
  std::string sample;  // "1/N"
  uint64_t sample_salt{};
  uint64_t modulus{};
  uint64_t max_rows_per_second{}, max_bytes_per_second{};  // 0: no budget

  // io_uring.
  bool io_uring{}, io_uring_require{};
  uint32_t io_uring_recv_batch{}, io_uring_cqe_batch{};
  uint64_t io_uring_memory{};

  // The walk in BPF, and the ledger.
  std::string collector;  // "auto", "bpf", "netlink"
  uint32_t walk_rows{};
  uint32_t audit{};          // sockets a poll
  std::string audit_action;  // "fallback", "log", "exit"
  std::string ledger;        // "auto", "off", "counts", "rows"
  uint64_t ledger_ring_bytes{};
  bool ledger_open{};
  std::string user;  // empty: stay who we are

  // What a record looks like.
  std::string marshal;  // see ResolveOutputDefaults()
  uint32_t record_epoch{};
  std::string columns;  // csv, tsv, table
  std::string fields;   // every format
  std::string label;
  std::string tag;
  std::string location;
  std::string hostname;        // empty: the system's
  std::string daemon_version;  // empty: the build stamp

  // Batches and their destination.
  std::string dest;
  uint32_t envelope_flush_bytes{};  // 0: 786432
  uint32_t envelope_flush_rows{};   // 0: 10000
  uint64_t dest_queue_bytes{};
  Duration dest_connect_timeout{};
  Duration dest_write_timeout{};
  uint64_t dest_file_rotate_bytes{};      // 0: never
  Duration dest_file_rotate_age{};        // 0: never
  uint32_t dest_file_rotate_keep{};       // 0: all
  uint32_t dest_write_files{};            // never read
  Duration produce_timeout{};             // 0: the destination's own
  std::vector<std::string> http_headers;  // "Name: value"; secret
  std::string http_ca_file;
  std::string http_cert_file;
  std::string http_key_file;
  Duration http_timeout{};  // 0: produce_timeout; see HttpTimeout()
  std::string http_proxy;
  std::string http_compression;  // "none", "gzip", "zstd"

  // The spool before a network destination.
  std::string spool_dir;   // "auto", "none", or a path
  uint64_t spool_bytes{};  // 0: 1 GiB or 5 % of the disk
  Duration spool_age{};    // 0: no limit
  std::string spool_sync;  // "segment", "batch"

  // Brokers.
  std::string topic;

  // Kafka.
  std::string kafka_compression;              // "", "auto", "zstd", ...
  std::string kafka_key;                      // "none", "host"
  std::vector<std::string> kafka_properties;  // "name=value"; secret
  bool kafka_tls{};
  std::string kafka_ca_file, kafka_cert_file, kafka_key_file;
  std::string kafka_sasl;  // "none", "plain", "scram-sha-256", "scram-sha-512", "oauthbearer"
  std::string kafka_user, kafka_password, kafka_password_file, kafka_token_file;
  std::string kafka_schema_url;  // "none": no registry
  std::string xtcp_proto_file, kafka_schema_auth_file, kafka_schema_ca_file;
  bool kafka_schema_framing{};

  // Saving datagrams.
  uint32_t write_files{};
  std::string capture_path;

  // Serving, and the process.
  std::string prom_listen;
  std::string prom_path;
  uint32_t grpc_port{};
  uint32_t go_max_procs{};  // reader threads
  uint32_t max_threads{};   // 0: no ceiling
  std::string cpus;         // of reader threads; empty: all
  std::string nice;         // of the process; -20 to 19
  uint32_t debug_level{};
  Duration shutdown_timeout{};
  std::string config_file;

  // Options whose feature is not built in this version: Parse() refuses anything but their defaults.
  std::string s3_endpoint, s3_bucket, s3_prefix, s3_access_key, s3_secret_key, s3_region;
  bool s3_skip_bucket_probe{};
  uint32_t s3_parquet_flush_bytes{}, s3_flush_jitter_pct{}, s3_flush_threshold_jitter_pct{}, s3_upload_max_attempts{};
  Duration s3_flush_interval{}, s3_upload_backoff_cap{};
  std::string pyroscope_url, pyroscope_app_name;
  uint32_t pyroscope_sample_hz{}, pyroscope_upload_sec{};
  std::string profile_mode;
  bool resolve_container_id{}, populate_nsid{};
  uint32_t ipv4_ttl{}, ipv6_hop_limit{};
  bool enrich_container{}, enrich_lldp{}, enrich_nic{};
  std::string docker_socket, lldpd_socket, lldpd_version_hint;
  uint32_t uplink_count{};
  std::vector<std::string> uplink_interfaces;

  bool operator==(const Config&) const = default;
};

// What every option is when nobody says anything.
Config DefaultConfig();

// N of one in N: by -sample, or by -modulus.
uint32_t SampleRate(const Config& config);

// How long one HTTP request may take: http_timeout, else produce_timeout, else 10 s; at least 1 ms.
Duration HttpTimeout(const Config& config);

}  // namespace xtcp2::config
