#!/usr/bin/python3
"""Measures (it is no test) what a poll costs: so many quiet sockets in one namespace, several polls to null in each format, and what the
kernel accounts to the daemon for it.

usage: measure_cost.py [sockets] [polls] [format ...]      XTCP2_BIN: the daemon
"""
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import daemon_process
import farm
import namespaces

PER_WORKER = 16_000  # sockets; a process has 20,000 descriptors


def run(polls, output_format):
    """(user seconds, system seconds, peak KiB, threads, wall seconds of the slowest poll) of a daemon for so many polls."""
    pid = os.posix_spawn(daemon_process.binary(), [
        "xtcp2", "-dest", "null", "-marshal", output_format, "-maxLoops", str(polls), "-frequency", "1s", "-timeout", "999ms",
        "-pollJitterPct", "0", "-d", "10"], os.environ)
    threads, code = 0, None
    while code is None:
        try:
            threads = max(threads, len(os.listdir(f"/proc/{pid}/task")))
        except FileNotFoundError:
            pass
        done, status, use = os.wait4(pid, os.WNOHANG)
        time.sleep(0.02)
        code = status if done else None
    if code != 0:
        sys.exit(f"the daemon ended with {code}")
    return use.ru_utime, use.ru_stime, use.ru_maxrss, threads


def main(sockets=100_000, polls=30, *formats):
    place = namespaces.Named("xtcp2t-cost")
    farms, made = [], 0
    try:
        while made < sockets:
            plan = farm.Plan(pairs=min(PER_WORKER, sockets - made) // 4, listeners=1)
            farms.append(farm.Farm([place.path], plan, workers=1))
            made += plan.sockets()
        idle = run(1, "protobufList")
        print(f"{made} sockets in one namespace; each figure from {polls} polls")
        for each in formats or ("protobufList", "jsonl"):
            user, system, peak, threads = run(polls, each)
            per = 1e6 / (made * polls)
            print(f"{each:12} user {user * per:.3f} µs, kernel {system * per:.3f} µs a socket; peak {peak / 1024:.1f} MiB, {threads} threads")
        print(f"(a run of one poll took {idle[0] + idle[1]:.2f} s in all, start included)")
    finally:
        for each in farms:
            each.close()


if __name__ == "__main__":
    if not isolation.INSIDE:
        sys.exit("needs root: makes mount, process and network namespaces")
    main(*map(int, sys.argv[1:3]), *sys.argv[3:])
