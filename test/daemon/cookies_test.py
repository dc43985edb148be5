#!/usr/bin/python3
"""By BPF, sockets have the cookie in rows that the kernel tells their owners, also those of processes that the daemon cannot see."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import collector
import formats
import namespaces
from daemon_process import run_to_end
from record import LISTEN

APART = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")  # a daemon that sees no process but itself
PORTS = (15300, 15301, 15302)


@collector.needs_bpf
@isolation.needs_root
class Cookies(unittest.TestCase):
    def setUp(self):
        # Nobody asks these listeners for their cookies before the daemon does: asking gives one.
        self.named = [namespaces.Named(f"xtcp2t-cookie-{port}", port) for port in PORTS]
        self.addCleanup(lambda: [each.close() for each in self.named])

    def check(self, *wrapper):
        path = isolation.scratch("rows")
        code, daemon = run_to_end("-collector", "bpf", "-dest", f"file:{path}", "-maxLoops", "1", "-pollJitterPct", "0", "-netnsInclude",
                                  "xtcp2t-cookie-*", wrapper=wrapper)
        self.assertEqual(0, code, daemon.describe())
        found = {row["inet_diag_msg_socket_source_port"]: row["inet_diag_msg_socket_cookie"]
                 for row in formats.read_protobuf_list(path.read_bytes()) if row["inet_diag_msg_state"] == LISTEN}
        self.assertEqual({each.port: namespaces.cookie(each.listener) for each in self.named}, found)

    def test_of_processes_that_it_sees(self):
        self.check()

    def test_of_processes_that_it_cannot_see(self):
        self.check(*APART)


if __name__ == "__main__":
    unittest.main()
