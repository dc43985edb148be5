"""Which collectors this host allows."""
import functools
import json
import subprocess
import unittest

import daemon_process


@functools.cache
def why_not_bpf():
    """The reason that `xtcp2 doctor` gives; empty where polls can go by the walk in BPF."""
    done = subprocess.run([daemon_process.binary(), "doctor", "-json"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          check=False, env=daemon_process.environment({}))
    found = json.loads(done.stdout)
    return "" if found["collector"] == "bpf" else found["reason"]


def needs_bpf(test_class):
    """Class decorator: these tests poll by the walk in BPF. Asks when the class begins, not when it is read."""
    def set_up_class(cls):
        if why_not_bpf():
            raise unittest.SkipTest(f"NOT TESTED: BPF cannot be used here: {why_not_bpf()}")
        super(test_class, cls).setUpClass()

    test_class.setUpClass = classmethod(set_up_class)
    return test_class
