"""The oracle: netlink datagrams of inet_diag to rows, in plain Python, written from the kernel's documented layouts. It shares
nothing with the C++ decoder and reads no table of it. Slow and obvious on purpose.
"""
import re
import struct
from typing import NamedTuple

NLMSG_ERROR, NLMSG_DONE, TCPDIAG_GETSOCK, SOCK_DIAG_BY_FAMILY = 2, 3, 18, 20
NLM_F_REQUEST = 1
NLMSG_HEADER = struct.Struct("=IHHII")
ATTRIBUTE_HEADER = struct.Struct("=HH")

# struct inet_diag_msg: (offset, format, field). Ports are big-endian, addresses are bytes.
MESSAGE = [
    (0, "=B", "inet_diag_msg_family"),
    (1, "=B", "inet_diag_msg_state"),
    (2, "=B", "inet_diag_msg_timer"),
    (3, "=B", "inet_diag_msg_retrans"),
    (4, ">H", "inet_diag_msg_socket_source_port"),
    (6, ">H", "inet_diag_msg_socket_destination_port"),
    (8, "=16s", "inet_diag_msg_socket_source"),
    (24, "=16s", "inet_diag_msg_socket_destination"),
    (40, "=I", "inet_diag_msg_socket_interface"),
    (44, "=Q", "inet_diag_msg_socket_cookie"),
    (52, "=I", "inet_diag_msg_expires"),
    (56, "=I", "inet_diag_msg_rqueue"),
    (60, "=I", "inet_diag_msg_wqueue"),
    (64, "=I", "inet_diag_msg_uid"),
    (68, "=I", "inet_diag_msg_inode"),
]
MESSAGE_SIZE = 72

# struct tcp_info up to the word whose layout depends on the kernel. In groups of equal width, in the order of the struct.
TCP_INFO = []


def _tcp_info(offset, letter, names):
    width = struct.calcsize("=" + letter)
    for name in names.split():
        TCP_INFO.append((offset, "=" + letter, "tcp_info_" + name))
        offset += width
    return offset


assert _tcp_info(0, "B", "state ca_state retransmits probes backoff options") == 6
# bytes 6 and 7 are bit fields, see tcp_info_bits()
assert _tcp_info(8, "I", """rto ato snd_mss rcv_mss unacked sacked lost retrans fackets last_data_sent last_ack_sent last_data_recv
    last_ack_recv pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss reordering rcv_rtt rcv_space total_retrans""") == 104
assert _tcp_info(104, "Q", "pacing_rate max_pacing_rate bytes_acked bytes_received") == 136
assert _tcp_info(136, "I", "segs_out segs_in notsent_bytes min_rtt data_segs_in data_segs_out") == 160
assert _tcp_info(160, "Q", "delivery_rate busy_time rwnd_limited sndbuf_limited") == 192
assert _tcp_info(192, "I", "delivered delivered_ce") == 200
assert _tcp_info(200, "Q", "bytes_sent bytes_retrans") == 216
assert _tcp_info(216, "I", "dsack_dups reord_seen rcv_ooopack snd_wnd rcv_wnd rehash") == 240
assert _tcp_info(240, "H", "total_rto total_rto_recoveries") == 244
assert _tcp_info(244, "I", """total_rto_time received_ce delivered_e1_bytes delivered_e0_bytes delivered_ce_bytes received_e1_bytes
    received_e0_bytes received_ce_bytes""") == 276
LAST_WORD = 276

MEMINFO, INFO, VEGASINFO, CONG, TOS, TCLASS, SKMEMINFO, SHUTDOWN, DCTCPINFO = range(1, 10)
SKV6ONLY, MARK, BBRINFO, CLASS_ID, ULP_INFO, CGROUP_ID, SOCKOPT = 11, 15, 16, 17, 19, 21, 22
ULP_INFO_NAME = 1

# Attributes whose payload is a row of numbers: struct format and fields.
PLAIN = {
    MEMINFO: ("=4I", "mem_info_rmem mem_info_wmem mem_info_fmem mem_info_tmem"),
    VEGASINFO: ("=4I", "vegas_info_enabled vegas_info_rttcnt vegas_info_rtt vegas_info_minrtt"),
    TOS: ("=B", "inet_diag_tos"),
    TCLASS: ("=B", "inet_diag_tclass"),
    SKMEMINFO: ("=9I", """sk_mem_info_rmem_alloc sk_mem_info_rcvbuf sk_mem_info_wmem_alloc sk_mem_info_sndbuf sk_mem_info_fwd_alloc
                sk_mem_info_wmem_queued sk_mem_info_optmem sk_mem_info_backlog sk_mem_info_drops"""),
    SHUTDOWN: ("=B", "inet_diag_shutdown"),
    DCTCPINFO: ("=2H3I", "dctcp_info_enabled dctcp_info_ce_state dctcp_info_alpha dctcp_info_ab_ecn dctcp_info_ab_tot"),
    SKV6ONLY: ("=B", "inet_diag_skv6only"),
    MARK: ("=I", "inet_diag_mark"),
    BBRINFO: ("=5I", "bbr_info_bw_lo bbr_info_bw_hi bbr_info_min_rtt bbr_info_pacing_gain bbr_info_cwnd_gain"),
    CLASS_ID: ("=I", "inet_diag_class_id"),
    CGROUP_ID: ("=Q", "inet_diag_cgroup_id"),
    SOCKOPT: ("=H", "inet_diag_sockopt"),
}
# What the record has a field for; one bit each in parts_present.
DECODED = set(PLAIN) | {INFO, CONG, ULP_INFO}

LAST_WORD_FIELDS = ["tcp_info_ecn_mode", "tcp_info_accecn_opt_seen", "tcp_info_accecn_fail_mode", "tcp_info_options2"]


def _kernel_defaults():
    row = {}
    for _, form, name in MESSAGE + TCP_INFO:
        row[name] = bytes(16) if form == "=16s" else 0
    for name in ["tcp_info_snd_wscale", "tcp_info_rcv_wscale", "tcp_info_delivery_rate_app_limited", "tcp_info_fastopen_client_fail"]:
        row[name] = 0
    for name in LAST_WORD_FIELDS:
        row[name] = 0
    for _, names in PLAIN.values():
        for name in names.split():
            row[name] = 0
    row.update(inet_diag_cong="", inet_diag_cong_enum=0, inet_diag_ulp_name="", tcp_info_length=0, parts_present=0)
    return row


KERNEL_DEFAULTS = _kernel_defaults()
KERNEL_FIELDS = list(KERNEL_DEFAULTS)


class Message(NamedTuple):
    type: int
    flags: int
    seq: int
    pid: int
    payload: bytes


def messages(datagram):
    """The netlink messages of one datagram; what does not hold a whole message ends it."""
    at = 0
    while len(datagram) - at >= NLMSG_HEADER.size:
        length, kind, flags, seq, pid = NLMSG_HEADER.unpack_from(datagram, at)
        if length < NLMSG_HEADER.size or length > len(datagram) - at:
            return
        yield Message(kind, flags, seq, pid, datagram[at + NLMSG_HEADER.size:at + length])
        at += (length + 3) & ~3


def attributes(area):
    """(type, payload) of each attribute; stops at one that does not fit."""
    at = 0
    while len(area) - at >= ATTRIBUTE_HEADER.size:
        length, kind = ATTRIBUTE_HEADER.unpack_from(area, at)
        if length < ATTRIBUTE_HEADER.size or length > len(area) - at:
            return
        yield kind & 0x3FFF, area[at + ATTRIBUTE_HEADER.size:at + length]
        at += (length + 3) & ~3


def text_of(payload):
    """A NUL-ended name of at most 16 bytes."""
    return payload[:16].split(b"\0")[0].decode("utf-8", "replace")


def congestion_number(name):
    """CongestionAlgorithm by the first letters of the kernel's name."""
    if name.startswith("bbr"):
        return {"2": 6, "3": 7}.get(name[3:4], 5)
    for start, number in (("cub", 1), ("dct", 2), ("veg", 3), ("pra", 4)):
        if name.startswith(start):
            return number
    return 0


def release_numbers(release):
    """(6, 18) of "Linux 6.18.44-cloud-amd64"; None when there is no release in it."""
    match = re.search(r"(\d+)\.(\d+)", release or "")
    return (int(match[1]), int(match[2])) if match else None


def has_new_last_word(release):
    """Whether bytes 276 to 279 of a 280-byte tcp_info are the bit fields of 7.0 and not the two numbers of 6.18."""
    numbers = release_numbers(release)
    return numbers is not None and numbers >= (7, 0)


def tcp_info(payload, release):
    """The fields of a tcp_info of any length: a field counts when all its bytes are there."""
    row = {"tcp_info_length": len(payload)}
    whole = payload + bytes(max(0, LAST_WORD + 4 - len(payload)))
    for offset, form, name in TCP_INFO:
        row[name] = struct.unpack_from(form, whole, offset)[0]
    row["tcp_info_snd_wscale"], row["tcp_info_rcv_wscale"] = whole[6] & 15, whole[6] >> 4
    row["tcp_info_delivery_rate_app_limited"], row["tcp_info_fastopen_client_fail"] = whole[7] & 1, whole[7] >> 1 & 3
    if len(payload) >= LAST_WORD + 4:
        row.update(last_word(whole[LAST_WORD:LAST_WORD + 4], release))
    return row


def last_word(word, release):
    if not has_new_last_word(release):
        fail_mode, opt_seen = struct.unpack("=HH", word)
        return {"tcp_info_accecn_fail_mode": fail_mode, "tcp_info_accecn_opt_seen": opt_seen}
    bits, = struct.unpack("=I", word)
    return dict(zip(LAST_WORD_FIELDS, (bits & 3, bits >> 2 & 3, bits >> 4 & 15, bits >> 8)))


def decode_attribute(kind, payload, release):
    if kind == INFO:
        return tcp_info(payload, release)
    if kind == CONG:
        name = text_of(payload)
        return {"inet_diag_cong": name, "inet_diag_cong_enum": congestion_number(name)}
    if kind == ULP_INFO:
        return {"inet_diag_ulp_name": text_of(value) for inner, value in attributes(payload) if inner == ULP_INFO_NAME}
    form, names = PLAIN[kind]
    whole = payload + bytes(max(0, struct.calcsize(form) - len(payload)))
    return dict(zip(names.split(), struct.unpack_from(form, whole)))


def decode_answer(payload, release, wanted=DECODED):
    """One inet_diag_msg with its attributes as a row of KERNEL_FIELDS; None when it is too short to be one."""
    if len(payload) < MESSAGE_SIZE:
        return None
    row = dict(KERNEL_DEFAULTS)
    for offset, form, name in MESSAGE:
        row[name] = struct.unpack_from(form, payload, offset)[0]
    row["parts_present"] = 1
    for kind, value in attributes(payload[MESSAGE_SIZE:]):
        if kind in DECODED and kind in wanted:
            row["parts_present"] |= 1 << kind
            row.update(decode_attribute(kind, value, release))
    return row


def is_answer(message):
    return message.type in (SOCK_DIAG_BY_FAMILY, TCPDIAG_GETSOCK) and not message.flags & NLM_F_REQUEST


def decode_datagram(datagram, release, wanted=DECODED):
    """The rows of one datagram, in its order."""
    rows = (decode_answer(message.payload, release, wanted) for message in messages(datagram) if is_answer(message))
    return [row for row in rows if row is not None]
