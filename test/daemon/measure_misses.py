#!/usr/bin/python3
"""Measures (it is no test) what a netlink dump misses and gives twice under churn: quiet sockets in a namespace with a hash table of
its own, connections that come and go beside them, and one poll after the other. docs/collection.md quotes its output.

usage: measure_misses.py [buckets] [quiet sockets] [polls]      XTCP2_BIN: the daemon
"""
import collections
import os
import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import daemon_process
import farm
import formats
import namespaces
import netns
import output

TABLE_SIZE = "/proc/sys/net/ipv4/tcp_child_ehash_entries"  # of namespaces made from now on; 0: the host's table


def churn(path):
    """A process that connects and closes in the namespace until it is killed."""
    pid = os.fork()
    if pid == 0:
        with netns.inside(path), socket.create_server(("127.0.0.1", 0), backlog=64) as server:
            while True:
                for _ in range(50):
                    with socket.create_connection(server.getsockname()), server.accept()[0] as accepted:
                        # The closer that is reset leaves no TIME_WAIT behind: the table stays as full as it was.
                        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    return pid


def count(rows, quiet):
    """(rows of quiet sockets, missing, twice) over all polls."""
    polls = output.by_poll(rows)
    seen = missing = twice = 0
    for poll in polls.values():
        cookies = collections.Counter(row["inet_diag_msg_socket_cookie"] for row in poll)
        seen += sum(cookies[cookie] for cookie in quiet)
        missing += sum(cookies[cookie] == 0 for cookie in quiet)
        twice += sum(cookies[cookie] > 1 for cookie in quiet)
    return len(polls), seen, missing, twice


def main(buckets=1024, sockets=9000, polls=60):
    with open(TABLE_SIZE, "w", encoding="ascii") as size:
        size.write(str(buckets))
    place = namespaces.Named("xtcp2t-misses")
    quiet = farm.Farm([place.path], farm.Plan(pairs=sockets // 4, listeners=1))
    churners = [churn(place.path) for _ in range(2)]
    rows = pathlib.Path(isolation.SCRATCH, "rows")
    try:
        with daemon_process.Daemon("-dest", f"file:{rows}", "-marshal", "protobufList", "-frequency", "200ms",
                                   "-timeout", "190ms", "-pollJitterPct", "0", "-fields",
                                   "timestamp_ns,netns_inode,inet_diag_msg_socket_cookie") as daemon:
            daemon.wait_ready()
            daemon.wait_polls(polls)
            duplicates = daemon.metric("xtcp2_duplicate_answers_total")
            daemon.stop()
    finally:
        for pid in churners:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
        quiet.close()
    done, seen, missing, twice = count(formats.read_protobuf_list(rows.read_bytes()), {known.cookie for known in quiet.known})
    print(f"{buckets} buckets, {len(quiet.known)} quiet sockets, {done} polls under churn: {seen} rows of quiet sockets, {missing} missing, "
          f"{twice} twice; {duplicates:.0f} duplicate answers were left out")


if __name__ == "__main__":
    if not isolation.INSIDE:
        sys.exit("needs root: makes mount, process and network namespaces")
    main(*map(int, sys.argv[1:]))
