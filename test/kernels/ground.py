#!/usr/bin/python3
"""In the guest: the kernel gives what the equality test wants to see there: diag modules, dctcp and bbr, namespaces, netem."""
import os
import socket
import subprocess
import sys


def congestion(name):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, name.encode())
        return tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0").decode()


def main():
    if "XTCP2_EMULATED" not in os.environ:
        print("runs in the guests of ./dev kernels only")
        return 77
    for name in ("cubic", "reno", "bbr", "dctcp"):
        assert congestion(name) == name, name
    run = lambda *command: subprocess.run(command, check=True)
    run("ip", "netns", "add", "probe")
    run("ip", "link", "add", "name", "left", "type", "veth", "peer", "name", "right", "netns", "probe")
    run("tc", "qdisc", "add", "dev", "left", "root", "netem", "delay", "1ms")
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        port = server.getsockname()[1]
        shown = subprocess.run(["ss", "-Htln", f"sport = :{port}"], check=True, capture_output=True, text=True).stdout
        assert f":{port}" in shown, shown
    run("ip", "netns", "delete", "probe")
    return 0


if __name__ == "__main__":
    sys.exit(main())
