#!/usr/bin/python3
"""xtcp2 doctor by the program itself: a right or limit that is taken away by setpriv, prlimit or a seccomp filter changes its line and no
other; what it prints is what docs/doctor.md says."""
import ctypes
import errno
import json
import pathlib
import re
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import namespaces
from daemon_process import ROOT, Daemon, binary

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
NO_CAPABILITY = ("--inh-caps=-all", "--bounding-set=-all", "--")
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
SECCOMP_RET_ERRNO, SECCOMP_RET_ALLOW = 0x00050000, 0x7FFF0000
SYSTEM_CALLS = {"x86_64": {"bpf": 321, "socket": 41}, "aarch64": {"bpf": 280, "socket": 198}}
DEADLINE_S = 120


def doctor(*flags, wrapper=(), **how):
    return subprocess.run([*wrapper, binary(), "doctor", *flags], check=False, capture_output=True, text=True, timeout=DEADLINE_S, **how)


def report(**how):
    return json.loads(doctor("-json", **how).stdout)


def refuse(*numbers):
    """A function that refuses the calling process these system calls, for good, with EPERM."""
    code = [struct.pack("HBBI", 0x20, 0, 0, 0)]  # the number
    for number in numbers:
        code += [struct.pack("HBBI", 0x15, 0, 1, number), struct.pack("HBBI", 0x06, 0, 0, SECCOMP_RET_ERRNO | errno.EPERM)]
    code.append(struct.pack("HBBI", 0x06, 0, 0, SECCOMP_RET_ALLOW))
    text = ctypes.create_string_buffer(b"".join(code))
    program = struct.pack("HxxxxxxP", len(code), ctypes.addressof(text))
    libc = ctypes.CDLL(None, use_errno=True)

    def now(_keep=text):
        if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0):
            raise OSError(ctypes.get_errno(), "no filter")
    return now


def call(name):
    machine = subprocess.run(["uname", "-m"], check=True, capture_output=True, text=True).stdout.strip()
    return SYSTEM_CALLS[machine][name]


def lines(text):
    """{name: line} of the checks."""
    checks = text[:text.index("\nWhat follows")]
    return {line.split()[1]: line for line in checks.splitlines()[1:] if line.startswith("  ")}


def states(found):
    return {check["name"]: check["state"] for check in found["checks"]}


@isolation.needs_root
class TakenAway(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.whole, cls.states = lines(doctor().stdout), states(report())

    def changes_only(self, name, wrapper=(), state="missing", **how):
        whole, after = self.whole, doctor(wrapper=wrapper, **how)
        self.assertEqual("", after.stderr)
        less = lines(after.stdout)
        if not whole[name].startswith("  ok "):
            self.skipTest(f"NOT TESTED: this host has no {name} to take away")
        self.assertEqual(list(whole), list(less))
        self.assertEqual([name], [each for each in whole if whole[each] != less[each]])
        self.assertIn("; it would give: ", less[name])
        self.assertIn("; remedy: ", less[name])
        found = states(report(wrapper=wrapper, **how))
        self.assertEqual({**self.states, name: state}, found)
        return after

    def test_a_capability(self):
        for name in ("bpf", "perfmon", "sys_admin", "sys_ptrace", "net_admin"):
            with self.subTest(name):
                self.changes_only(f"capabilities.{name}", ("setpriv", f"--bounding-set=-{name}", f"--inh-caps=-{name}", "--"))

    def test_a_capability_of_options(self):
        for name in ("net_bind_service", "setuid"):
            with self.subTest(name):
                self.changes_only(f"capabilities.{name}", ("setpriv", f"--bounding-set=-{name}", f"--inh-caps=-{name}", "--"),
                                  state="not_wanted")

    def test_descriptors(self):
        self.changes_only("limits.files", ("prlimit", "--nofile=100:100", "--"))

    def test_a_system_call(self):
        done = self.changes_only("bpf.syscall", preexec_fn=refuse(call("bpf")))
        self.assertEqual(0, done.returncode)
        self.assertIn("\n-collector auto takes netlink: bpf(2) is refused by a seccomp filter; ", done.stdout)


@isolation.needs_root
class Conclusions(unittest.TestCase):
    def test_nobody_has_the_own_namespace(self):
        done = doctor("-json", wrapper=(*NOBODY, *NO_CAPABILITY))
        found = json.loads(done.stdout)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertEqual(("netlink", "own"), (found["collector"], found["namespaces"]))
        self.assertTrue(found["reason"])

    def test_the_daemon_gives_the_same_reason(self):
        wrapper = (*NOBODY, *NO_CAPABILITY)
        reason = report(wrapper=wrapper)["reason"]
        with Daemon("-dest", "null", "-netns", "own", "-collector", "auto", wrapper=wrapper) as daemon:
            daemon.wait_ready()
            self.assertEqual(0, daemon.stop(), daemon.describe())
        self.assertIn(f"netlink collects, not BPF: {reason}\n", daemon.log())

    def test_a_user_with_two_capabilities_has_bpf(self):
        whole = report()
        if whole["collector"] != "bpf":
            self.skipTest(f"NOT TESTED: BPF cannot be used here: {whole['reason']}")
        both = "+bpf,+perfmon"
        done = doctor("-json", wrapper=(*NOBODY, f"--inh-caps={both}", f"--ambient-caps={both}", "--bounding-set=-all," + both, "--"))
        found = json.loads(done.stdout)
        self.assertEqual(("bpf", "all"), (found["collector"], found["namespaces"]))
        self.assertEqual("missing", states(found)["capabilities.sys_admin"])

    def test_nothing_at_all_is_exit_code_1(self):
        done = doctor("-json", preexec_fn=refuse(call("bpf"), call("socket")))
        found = json.loads(done.stdout)
        self.assertEqual((1, "none", "none"), (done.returncode, found["collector"], found["namespaces"]))

    def test_namespaces_are_counted(self):
        named = namespaces.Named("xtcp2t-doctor", 25_001)
        self.addCleanup(named.close)
        found = report()
        self.assertEqual("ok", states(found)["namespaces.names"])
        text, = (outcome["text"] for outcome in found["outcomes"] if outcome["name"] == "namespaces")
        self.assertIn("found: 2;", text)


class Words(unittest.TestCase):
    def test_text_and_json_say_the_same(self):
        text, found = doctor().stdout, report()
        self.assertEqual(list(lines(text)), [check["name"] for check in found["checks"]])
        for check in found["checks"]:
            self.assertIn(check["found"], lines(text)[check["name"]])
        self.assertIn(found["reason"], text.splitlines()[-1])

    def test_the_page_has_every_name(self):
        page, found = (ROOT / "docs/doctor.md").read_text(), report()
        documented = re.findall(r"^\| `([a-z0-9_]+\.?[a-z_]*)` \|", page, re.MULTILINE)
        given = [each["name"] for each in (*found["checks"], *found["outcomes"])]
        self.assertEqual(sorted([*given, *found]), sorted(documented))

    def test_wrong_use(self):
        for words in (["-nonsense"], ["word"]):
            done = doctor(*words)
            self.assertEqual((2, ""), (done.returncode, done.stdout))
            self.assertIn(words[0].strip("-"), done.stderr)


if __name__ == "__main__":
    unittest.main()
