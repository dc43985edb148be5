#!/usr/bin/python3
"""What the running daemon may do: the sets that docs/security.md promises for each configuration, in every thread of it; and that the own
namespace needs none at all."""
import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import collector
import namespaces
import output
from daemon_process import ROOT, Daemon

FAST = ("-frequency", "100ms", "-timeout", "80ms", "-pollJitterPct", "0")
OWN = ("-netns", "own")
NO_MARKS = ("-deserializers", "info,cong")
NOBODY = 65534
CAPABILITIES = {"CAP_DAC_OVERRIDE": 1, "CAP_DAC_READ_SEARCH": 2, "CAP_NET_BIND_SERVICE": 10, "CAP_NET_ADMIN": 12, "CAP_SYS_PTRACE": 19,
                "CAP_SYS_ADMIN": 21}  # linux/capability.h


def documented():
    """{configuration: set} of the page's table "kept after start"."""
    page = (ROOT / "docs/security.md").read_text()
    table = page.split("| configuration | kept after start |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| (.*?) \| (.*?) \|$", table, re.M)
    return {name: sum(1 << CAPABILITIES[each] for each in re.findall(r"CAP_\w+", kept)) for name, kept in rows if "---" not in name}


def of_threads(daemon, key):
    """The values of a line of /proc/<pid>/status, over all threads."""
    found = set()
    for task in os.listdir(f"/proc/{daemon.pid}/task"):
        text = pathlib.Path(f"/proc/{daemon.pid}/task/{task}/status").read_text()
        found.add(re.search(rf"^{key}:\s*(\S+)", text, re.M)[1])
    return found


@isolation.needs_root
class Kept(unittest.TestCase):
    def check(self, configuration, *flags, port=9088):
        with Daemon(*FAST, *flags) as daemon:
            daemon.wait_ready(port=port)
            expected = documented()[configuration]
            for key, value in (("CapEff", expected), ("CapPrm", expected), ("CapInh", 0), ("CapAmb", 0)):
                self.assertEqual({f"{value:016x}"}, of_threads(daemon, key), f"{configuration}: {key}")
            self.assertEqual({"1"}, of_threads(daemon, "NoNewPrivs"))
            self.assertEqual(0, daemon.stop(), daemon.describe())

    def test_every_row_of_the_page_is_tested(self):
        tested = re.findall(r'self\.check\("(.*?)"', pathlib.Path(__file__).read_text())
        self.assertEqual(sorted(documented()), sorted(tested))

    def test_own_namespace_no_marks(self):
        self.check("own namespace, no marks", "-dest", "null", *OWN, *NO_MARKS)

    def test_own_namespace_marks(self):
        self.check("own namespace, marks", "-dest", "null", *OWN)

    def test_all_namespaces_no_marks(self):
        self.check("all namespaces, no marks", "-dest", "null", *NO_MARKS)

    def test_all_namespaces_marks(self):
        self.check("all namespaces, marks (the default)", "-dest", "null")

    def test_port_80_and_a_file_elsewhere(self):
        folder = pathlib.Path(isolation.SCRATCH, "others")
        folder.mkdir()
        os.chmod(folder, 0o755)
        os.chown(folder, 1, 1)
        self.check("all namespaces, marks, HTTP on port 80, a file in another user's folder", "-dest", f"file:{folder}/rows",
                   "-promListen", ":80", port=80)


@isolation.needs_root
class Nobody(unittest.TestCase):
    """A user without any capability."""

    WRAPPER = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--")

    def setUp(self):
        self.named = namespaces.Named("xtcp2t-other", 25_001)
        self.addCleanup(self.named.close)
        self.listener = namespaces.listen(25_000)
        self.addCleanup(self.listener.close)

    def test_own_namespace_works(self):
        with Daemon("-dest", "stdout", "-marshal", "jsonl", *FAST, *OWN, wrapper=self.WRAPPER) as daemon:
            daemon.wait_ready().wait_polls(2)
            self.assertEqual({"0" * 16}, of_threads(daemon, "CapEff"))
            self.assertEqual(str(NOBODY), daemon.status("Uid").split()[0])
            self.assertEqual(0, daemon.metric("xtcp2_polls_total", result="partial"))
            self.assertEqual(0, daemon.stop(), daemon.describe())
        path = pathlib.Path(isolation.SCRATCH, "nobody")
        path.write_bytes(daemon.output())
        polls = output.by_poll(output.Tail(path).update().rows)
        self.assertGreaterEqual(len(polls), 2)
        for rows in list(polls.values())[:-1]:
            ports = [row["inet_diag_msg_socket_source_port"] for row in rows]
            self.assertEqual(1, ports.count(25_000))
            self.assertEqual(0, ports.count(25_001))

    def test_by_bpf_all_namespaces_go_on_as_a_user_without_any(self):
        if collector.why_not_bpf():
            self.skipTest(f"NOT TESTED: BPF cannot be used here: {collector.why_not_bpf()}")
        with Daemon("-dest", "stdout", "-marshal", "jsonl", "-collector", "bpf", "-user", f"{NOBODY}:{NOBODY}", "-netnsInclude", "default,xtcp2t-*",
                    *FAST) as daemon:
            daemon.wait_ready().wait_polls(3)
            for key in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
                self.assertEqual({"0" * 16}, of_threads(daemon, key))
            self.assertEqual({str(NOBODY)}, of_threads(daemon, "Uid"))
            self.assertEqual(0, daemon.metric("xtcp2_polls_total", result="partial"))
            self.assertEqual(0, daemon.stop(), daemon.describe())
        path = pathlib.Path(isolation.SCRATCH, "user")
        path.write_bytes(daemon.output())
        polls = output.by_poll(output.Tail(path).update().rows)
        self.assertGreaterEqual(len(polls), 3)
        for rows in list(polls.values())[:-1]:
            found = [(row["netns"], row["inet_diag_msg_socket_source_port"]) for row in rows]
            self.assertEqual(1, found.count(("default", 25_000)))
            self.assertEqual(1, found.count(("xtcp2t-other", 25_001)))

    def test_all_namespaces_are_refused_with_the_reason(self):
        with Daemon("-dest", "null", *FAST, wrapper=self.WRAPPER) as daemon:
            self.assertNotEqual(0, daemon.wait())
            self.assertIn("CAP_SYS_ADMIN", daemon.log())
            self.assertIn(" ".join(OWN), daemon.log())


if __name__ == "__main__":
    unittest.main()
