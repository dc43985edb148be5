"""Reads what `ss -t -a -o -e -m -i` printed: an opinion on the same bytes that is neither ours nor the oracle's."""
import ipaddress
import re

STATES = {"ESTAB": 1, "SYN-SENT": 2, "SYN-RECV": 3, "FIN-WAIT-1": 4, "FIN-WAIT-2": 5, "TIME-WAIT": 6, "UNCONN": 7, "CLOSE-WAIT": 8,
          "LAST-ACK": 9, "LISTEN": 10, "CLOSING": 11}
SKMEM = "rmem_alloc rcvbuf wmem_alloc sndbuf fwd_alloc wmem_queued optmem backlog drops".split()

# ss word -> field and what one unit of ss is in units of the record
NUMBERS = {
    "rto": ("tcp_info_rto", 1000), "ato": ("tcp_info_ato", 1000), "mss": ("tcp_info_snd_mss", 1), "pmtu": ("tcp_info_pmtu", 1),
    "rcvmss": ("tcp_info_rcv_mss", 1), "advmss": ("tcp_info_advmss", 1), "cwnd": ("tcp_info_snd_cwnd", 1),
    "ssthresh": ("tcp_info_snd_ssthresh", 1), "bytes_sent": ("tcp_info_bytes_sent", 1), "bytes_acked": ("tcp_info_bytes_acked", 1),
    "bytes_retrans": ("tcp_info_bytes_retrans", 1), "bytes_received": ("tcp_info_bytes_received", 1),
    "segs_out": ("tcp_info_segs_out", 1), "segs_in": ("tcp_info_segs_in", 1), "data_segs_out": ("tcp_info_data_segs_out", 1),
    "data_segs_in": ("tcp_info_data_segs_in", 1), "lastsnd": ("tcp_info_last_data_sent", 1),
    "lastrcv": ("tcp_info_last_data_recv", 1), "lastack": ("tcp_info_last_ack_recv", 1), "delivered": ("tcp_info_delivered", 1),
    "rcv_rtt": ("tcp_info_rcv_rtt", 1000), "rcv_space": ("tcp_info_rcv_space", 1), "rcv_ssthresh": ("tcp_info_rcv_ssthresh", 1),
    "minrtt": ("tcp_info_min_rtt", 1000), "snd_wnd": ("tcp_info_snd_wnd", 1), "rcv_wnd": ("tcp_info_rcv_wnd", 1),
    "rehash": ("tcp_info_rehash", 1), "ino": ("inet_diag_msg_inode", 1), "uid": ("inet_diag_msg_uid", 1),
    "class_id": ("inet_diag_class_id", 1), "unacked": ("tcp_info_unacked", 1), "reordering": ("tcp_info_reordering", 1),
    "dsack_dups": ("tcp_info_dsack_dups", 1), "backoff": ("tcp_info_backoff", 1),
}
CONGESTION = ("cubic", "reno", "bbr", "dctcp", "vegas")


IN_MS = {field for field, unit in NUMBERS.values() if unit == 1000} | {"tcp_info_rtt", "tcp_info_rttvar"}


def same(field, value, seen):
    """Whether a value agrees with what ss printed; it prints times in ms with six digits."""
    return f"{value / 1000:g}" == f"{seen / 1000:g}" if field in IN_MS else value == seen


def address(text):
    """"127.0.0.1:22" or "[::ffff:127.0.0.1]:22" -> (16 bytes as the kernel has them, port)."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]").split("%")[0]
    packed = bytes(16) if host == "*" else ipaddress.ip_address(host).packed
    return packed.ljust(16, b"\0"), 0 if port == "*" else int(port)


def inner(text, name):
    """The words in the brackets behind `name:(`."""
    match = re.search(rf"\b{name}:\(([^)]*)\)", text)
    return match[1].split(",") if match else []


def parse_details(text):
    row = {}
    for word, value in re.findall(r"\b([a-z_]+):([\d.]+)(?=[\s,)]|$)", re.sub(r"\([^)]*\)", "", text)):
        if word in NUMBERS:
            field, unit = NUMBERS[word]
            row[field] = round(float(value) * unit)
    if match := re.search(r"\brtt:([\d.]+)/([\d.]+)", text):
        row["tcp_info_rtt"], row["tcp_info_rttvar"] = (round(float(part) * 1000) for part in match.groups())
    if match := re.search(r"\bwscale:(\d+),(\d+)", text):
        row["tcp_info_snd_wscale"], row["tcp_info_rcv_wscale"] = map(int, match.groups())
    for word, field in (("delivery_rate", "tcp_info_delivery_rate"), ("pacing_rate", "tcp_info_pacing_rate")):
        if match := re.search(rf"(?<!max_)\b{word} (\d+)bps", text):
            row[field] = int(match[1]) // 8
    if match := re.search(r"\btos:(?:0x)?([0-9a-f]+)", text):
        row["inet_diag_tos"] = int(match[1], 16)
    if match := re.search(r"\btclass:(?:0x)?([0-9a-f]+)", text):
        row["inet_diag_tclass"] = int(match[1], 16)
    for name in re.findall(r"\b(\w+)\b", re.sub(r"\([^)]*\)", "", text)):
        if name in CONGESTION:
            row["inet_diag_cong"] = name
    for name, value in zip(SKMEM, inner(text, "skmem")):
        row["sk_mem_info_" + name] = int(re.search(r"\d+$", value)[0])
    for word in inner(text, "dctcp"):
        name, _, value = word.partition(":")
        row["dctcp_info_" + name] = int(value)
    row["tcp_info_delivery_rate_app_limited"] = int(bool(re.search(r"\bapp_limited\b", text)))
    return row


def parse(path):
    """(cookie, {field: value}) of each socket; only what ss printed is in it."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()[1:]
    out = []
    for first, details in zip(lines, lines[1:] + [""]):
        words = first.split()
        if not words or words[0] not in STATES:
            continue
        source, sport = address(words[3])
        dest, dport = address(words[4])
        row = parse_details(first + (" " + details if details.startswith("\t") else ""))
        row.update(inet_diag_msg_state=STATES[words[0]], inet_diag_msg_rqueue=int(words[1]), inet_diag_msg_wqueue=int(words[2]),
                   inet_diag_msg_socket_source=source, inet_diag_msg_socket_source_port=sport,
                   inet_diag_msg_socket_destination=dest, inet_diag_msg_socket_destination_port=dport)
        cookie = re.search(r"\bsk:([0-9a-f]+)", first)
        if cookie:
            out.append((int(cookie[1], 16), row))
    return out
