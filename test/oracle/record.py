"""The record's fields as the specification lists them: epoch 2, with the names epoch 1 had. Written from the specification and
deliberately not read from the C++ table or the .proto: what is compared must not come from one source.
"""

_FIELDS = """
1 schema_version uint32
2 daemon_version string
10 timestamp_ns int64
20 hostname string
21 location string
30 netns string
31 netns_inode uint64
32 nsid uint32
40 container_id string
41 container_runtime string
42 container_name string
43 container_image string
50 label string
51 tag string
60 record_counter uint64
61 socket_fd uint64
62 netlinker_id uint64
100 uplink1_ifname string
101 uplink1_nic_driver string
102 uplink1_nic_model string
103 uplink1_nic_pci_vendor uint32
104 uplink1_nic_pci_device uint32
105 uplink1_nic_bus_info string
106 uplink1_nic_speed_mbps uint32
107 uplink1_nic_fw_version string
120 uplink1_lldp_chassis_name string
121 uplink1_lldp_chassis_id string
122 uplink1_lldp_mgmt_ip string
123 uplink1_lldp_port_id string
124 uplink1_lldp_port_descr string
200 uplink2_ifname string
201 uplink2_nic_driver string
202 uplink2_nic_model string
203 uplink2_nic_pci_vendor uint32
204 uplink2_nic_pci_device uint32
205 uplink2_nic_bus_info string
206 uplink2_nic_speed_mbps uint32
207 uplink2_nic_fw_version string
220 uplink2_lldp_chassis_name string
221 uplink2_lldp_chassis_id string
222 uplink2_lldp_mgmt_ip string
223 uplink2_lldp_port_id string
224 uplink2_lldp_port_descr string
300 enrich_socket_interface_name string
310 enrich_socket_dest_locality Locality
311 enrich_socket_dest_egress_ifindex uint32
312 enrich_socket_dest_egress_ifname string
320 enrich_socket_dest_asn uint64
321 enrich_socket_dest_next_hop_asn uint64
322 enrich_socket_dest_network_owner string
1001 inet_diag_msg_family uint32
1002 inet_diag_msg_state uint32
1003 inet_diag_msg_timer uint32
1004 inet_diag_msg_retrans uint32
1005 inet_diag_msg_socket_source_port uint32
1006 inet_diag_msg_socket_destination_port uint32
1007 inet_diag_msg_socket_source bytes
1008 inet_diag_msg_socket_destination bytes
1009 inet_diag_msg_socket_interface uint32
1010 inet_diag_msg_socket_cookie uint64
1013 inet_diag_msg_expires uint32
1014 inet_diag_msg_rqueue uint32
1015 inet_diag_msg_wqueue uint32
1016 inet_diag_msg_uid uint32
1017 inet_diag_msg_inode uint32
1101 mem_info_rmem uint32
1102 mem_info_wmem uint32
1103 mem_info_fmem uint32
1104 mem_info_tmem uint32
1201 tcp_info_state uint32
1202 tcp_info_ca_state uint32
1203 tcp_info_retransmits uint32
1204 tcp_info_probes uint32
1205 tcp_info_backoff uint32
1206 tcp_info_options uint32
1207 tcp_info_snd_wscale uint32
1208 tcp_info_rcv_wscale uint32
1209 tcp_info_delivery_rate_app_limited uint32
1210 tcp_info_fastopen_client_fail uint32
1215 tcp_info_rto uint32
1216 tcp_info_ato uint32
1217 tcp_info_snd_mss uint32
1218 tcp_info_rcv_mss uint32
1219 tcp_info_unacked uint32
1220 tcp_info_sacked uint32
1221 tcp_info_lost uint32
1222 tcp_info_retrans uint32
1223 tcp_info_fackets uint32
1224 tcp_info_last_data_sent uint32
1225 tcp_info_last_ack_sent uint32
1226 tcp_info_last_data_recv uint32
1227 tcp_info_last_ack_recv uint32
1228 tcp_info_pmtu uint32
1229 tcp_info_rcv_ssthresh uint32
1230 tcp_info_rtt uint32
1231 tcp_info_rttvar uint32
1232 tcp_info_snd_ssthresh uint32
1233 tcp_info_snd_cwnd uint32
1234 tcp_info_advmss uint32
1235 tcp_info_reordering uint32
1236 tcp_info_rcv_rtt uint32
1237 tcp_info_rcv_space uint32
1238 tcp_info_total_retrans uint32
1239 tcp_info_pacing_rate uint64
1240 tcp_info_max_pacing_rate uint64
1241 tcp_info_bytes_acked uint64
1242 tcp_info_bytes_received uint64
1243 tcp_info_segs_out uint32
1244 tcp_info_segs_in uint32
1245 tcp_info_notsent_bytes uint32
1246 tcp_info_min_rtt uint32
1247 tcp_info_data_segs_in uint32
1248 tcp_info_data_segs_out uint32
1249 tcp_info_delivery_rate uint64
1250 tcp_info_busy_time uint64
1251 tcp_info_rwnd_limited uint64
1252 tcp_info_sndbuf_limited uint64
1253 tcp_info_delivered uint32
1254 tcp_info_delivered_ce uint32
1255 tcp_info_bytes_sent uint64
1256 tcp_info_bytes_retrans uint64
1257 tcp_info_dsack_dups uint32
1258 tcp_info_reord_seen uint32
1259 tcp_info_rcv_ooopack uint32
1260 tcp_info_snd_wnd uint32
1261 tcp_info_rcv_wnd uint32
1262 tcp_info_rehash uint32
1263 tcp_info_total_rto uint32
1264 tcp_info_total_rto_recoveries uint32
1265 tcp_info_total_rto_time uint32
1266 tcp_info_received_ce uint32
1267 tcp_info_delivered_e1_bytes uint32
1268 tcp_info_delivered_e0_bytes uint32
1269 tcp_info_delivered_ce_bytes uint32
1270 tcp_info_received_e1_bytes uint32
1271 tcp_info_received_e0_bytes uint32
1272 tcp_info_received_ce_bytes uint32
1273 tcp_info_ecn_mode uint32
1274 tcp_info_accecn_opt_seen uint32
1275 tcp_info_accecn_fail_mode uint32
1276 tcp_info_options2 uint32
1300 inet_diag_cong string
1301 inet_diag_cong_enum CongestionAlgorithm
1401 inet_diag_tos uint32
1402 inet_diag_tclass uint32
1501 sk_mem_info_rmem_alloc uint32
1502 sk_mem_info_rcvbuf uint32
1503 sk_mem_info_wmem_alloc uint32
1504 sk_mem_info_sndbuf uint32
1505 sk_mem_info_fwd_alloc uint32
1506 sk_mem_info_wmem_queued uint32
1507 sk_mem_info_optmem uint32
1508 sk_mem_info_backlog uint32
1509 sk_mem_info_drops uint32
1600 inet_diag_shutdown uint32
1701 vegas_info_enabled uint32
1702 vegas_info_rttcnt uint32
1703 vegas_info_rtt uint32
1704 vegas_info_minrtt uint32
1801 dctcp_info_enabled uint32
1802 dctcp_info_ce_state uint32
1803 dctcp_info_alpha uint32
1804 dctcp_info_ab_ecn uint32
1805 dctcp_info_ab_tot uint32
1901 bbr_info_bw_lo uint32
1902 bbr_info_bw_hi uint32
1903 bbr_info_min_rtt uint32
1904 bbr_info_pacing_gain uint32
1905 bbr_info_cwnd_gain uint32
2001 inet_diag_class_id uint32
2002 inet_diag_sockopt uint32
2003 inet_diag_cgroup_id uint64
9002 observed_delay_us uint32
9003 record_kind RecordKind
9004 collector Collector
9005 tcp_info_length uint32
9006 inet_diag_mark uint32
9007 inet_diag_skv6only uint32
9008 inet_diag_ulp_name string
9009 parts_present uint64
9010 boot_id uint64
9011 netns_cookie uint64
9012 sample_rate uint32
9020 event_time_ns uint64
9021 birth_time_ns uint64
9022 duration_ns uint64
9023 last_state uint32
9024 last_error uint32
9025 opener_pid uint32
9026 opened_as OpenedAs
9027 ending Ending
9028 closed_first Side
9029 opener_comm string
"""

# Epoch-2 name -> epoch-1 name, where they differ.
OLD_NAMES = {
    "tcp_info_snd_wscale": "tcp_info_send_scale",
    "tcp_info_rcv_wscale": "tcp_info_rcv_scale",
    "tcp_info_fastopen_client_fail": "tcp_info_fast_open_client_failed",
    "tcp_info_rttvar": "tcp_info_rtt_var",
    "tcp_info_advmss": "tcp_info_adv_mss",
    "tcp_info_notsent_bytes": "tcp_info_not_sent_bytes",
    "inet_diag_cong": "congestion_algorithm_string",
    "inet_diag_cong_enum": "congestion_algorithm_enum",
    "inet_diag_tos": "type_of_service",
    "inet_diag_tclass": "traffic_class",
    "sk_mem_info_rcvbuf": "sk_mem_info_rcv_buf",
    "sk_mem_info_sndbuf": "sk_mem_info_snd_buf",
    "inet_diag_shutdown": "shutdown_state",
    "vegas_info_rttcnt": "vegas_info_rtt_cnt",
    "vegas_info_minrtt": "vegas_info_min_rtt",
    "inet_diag_class_id": "class_id",
    "inet_diag_sockopt": "sock_opt",
    "inet_diag_cgroup_id": "c_group",
}
# What epoch 1 does not have, by number; and the two it has alone (never set).
NEW_IN_2 = set(range(300, 323)) | set(range(1266, 1277)) | set(range(9000, 10000))
ONLY_IN_1 = ["inet_diag_msg_socket_dest_asn", "inet_diag_msg_socket_next_hop_asn"]

ENUMS = {
    "CongestionAlgorithm": ("CONGESTION_ALGORITHM_", ["UNSPECIFIED", "CUBIC", "DCTCP", "VEGAS", "PRAGUE", "BBR1", "BBR2", "BBR3"]),
    "Locality": ("LOCALITY_", ["UNSPECIFIED", "SELF", "LOCAL_SUBNET", "REMOTE"]),
    "RecordKind": ("RECORD_KIND_", ["SNAPSHOT", "OPEN", "CLOSE", "POLL"]),
    "Collector": ("COLLECTOR_", ["UNSPECIFIED", "NETLINK", "IO_URING", "BPF", "EVENT", "CAPTURE"]),
    "OpenedAs": ("OPENED_AS_", ["UNSPECIFIED", "ACTIVE", "PASSIVE"]),
    "Ending": ("ENDING_", ["UNSPECIFIED", "CLOSED", "RESET_RECEIVED", "RESET_SENT", "TIMED_OUT", "REFUSED", "FAILED", "ABORTED"]),
    "Side": ("SIDE_", ["UNSPECIFIED", "LOCAL", "REMOTE"]),
}
STATES = ["", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK",
          "LISTEN", "CLOSING", "NEW_SYN_RECV"]
(ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING,
 NEW_SYN_RECV) = range(1, 13)

NUMBERS = {name: int(number) for number, name, _ in map(str.split, _FIELDS.split("\n")[1:-1])}
TYPES = {name: kind for _, name, kind in map(str.split, _FIELDS.split("\n")[1:-1])}
DEFAULTS = {name: "" if kind == "string" else b"" if kind == "bytes" else 0 for name, kind in TYPES.items()}


def is_enum(name):
    return TYPES[name] in ENUMS


def enum_number(name, text):
    """The number of an enum value written in full ("COLLECTOR_BPF"), without its prefix ("BPF"), as a number, or not at all ("")."""
    prefix, values = ENUMS[TYPES[name]]
    if text == "":
        return 0
    if text.lstrip("-").isdigit():
        return int(text)
    return values.index(text.removeprefix(prefix))


def state_number(text):
    return int(text) if text.isdigit() else STATES.index(text)


def json_name(name):
    """lowerCamelCase by protobuf's rule: every _x becomes X."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def go_name(name):
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def names_of(epoch):
    """Epoch-2 name -> the name in `epoch`, for every field that both epochs have."""
    if epoch == 2:
        return {name: name for name in TYPES}
    return {name: OLD_NAMES.get(name, name) for name in TYPES if NUMBERS[name] not in NEW_IN_2}
