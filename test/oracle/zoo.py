#!/usr/bin/python3
"""A zoo of a few hundred real TCP sockets in namespaces of its own: every family and state, the congestion algorithms of this kernel, the
options that show in a row. Needs root. What must be in a dump of each namespace is known (`exhibits`), nothing else is there, and all but
the restless ones keep still. `close()` leaves nothing behind; a killed run's leftovers are swept by the next.

As a program: `zoo.py [--small] [seconds]` keeps it up that long and prints what is in it.
"""
import collections
import os
import sys
import time

import netns
import sockdiag
from exhibits import Place, available_congestion, key_of, sweep_cgroups
from rooms import PREFIX, Rooms

NOBODY = "02:00:00:00:00:99"  # what is sent to this address is heard by none
# Fields that move by themselves on a socket that does nothing: clocks. Everything else of a quiet socket stands still.
MOVING_UP = ("tcp_info_last_data_sent", "tcp_info_last_data_recv", "tcp_info_last_ack_recv")
MOVING_DOWN = ("inet_diag_msg_expires",)
MOVING = MOVING_UP + MOVING_DOWN


class Zoo(Rooms):
    def __init__(self, small=False):
        self.small = small
        self.exhibits = []
        self.missing = []  # what this kernel or machine cannot show, and why
        self.bound_only = []
        self._sockets, self._namespaces, self._cgroup = [], [], None
        netns.sweep(PREFIX)
        sweep_cgroups(PREFIX)
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for tcp in self._sockets:
            tcp.close()
        for namespace in self._namespaces:
            namespace.close()
        if self._cgroup:
            self._cgroup.close()
        self._sockets, self._namespaces, self._cgroup = [], [], None

    @property
    def namespaces(self):
        return list(self._namespaces)

    # ---- the ground

    def _namespace(self, suffix):
        namespace = netns.Namespace(f"{PREFIX}{os.getpid()}-{suffix}" if suffix else None)
        self._namespaces.append(namespace)
        for name, value in (("ipv6/conf/all/accept_dad", 0), ("ipv6/conf/default/accept_dad", 0), ("ipv4/conf/all/rp_filter", 0),
                            ("ipv4/conf/default/rp_filter", 0), ("ipv4/tcp_ecn", 1)):
            namespace.sysctl(name, value)
        namespace.ip("link", "set", "lo", "up")
        return namespace

    def _build_ground(self):
        self.a, self.b = self._namespace("a"), self._namespace("b")
        self.c = self._namespace(None)      # has no name, only a process is in it
        self.empty = self._namespace("empty")
        self.a.ip("link", "add", "name", "va", "type", "veth", "peer", "name", "vb", "netns", self.b.name)
        for namespace, device, hosts in ((self.a, "va", "1"), (self.b, "vb", "23")):
            namespace.ip("link", "set", device, "up")
            for host in hosts:
                namespace.ip("addr", "add", f"10.77.0.{host}/24", "dev", device)
                namespace.ip("addr", "add", f"fd77::{host}/64", "dev", device, "nodad")
        for ghost in ("10.77.0.200", "fd77::200"):
            self._cut(ghost)

    def _cut(self, host):
        """From now on nothing that namespace a sends to `host` arrives; the other direction goes on."""
        self.a.ip("neigh", "replace", host, "lladdr", NOBODY, "dev", "va", "nud", "permanent")

    def _places(self):
        a, b, c = self.a, self.b, self.c
        places = [
            Place("loopback4", a, a, "127.0.0.1", "127.0.0.1"),
            Place("veth6", a, b, "fd77::1", "fd77::2"),
            Place("loopback-mapped", a, a, "::ffff:127.0.0.1", "::ffff:127.0.0.1"),
        ]
        more = [
            Place("veth4", a, b, "10.77.0.1", "10.77.0.2"),
            Place("loopback6", a, a, "::1", "::1"),
            Place("veth-mapped", a, b, "::ffff:10.77.0.1", "::ffff:10.77.0.2"),
        ]
        return places + ([] if self.small else more) + [Place("nameless", c, c, "127.0.0.1", "127.0.0.2")]

    # ---- the rooms

    def _build(self):
        self._build_ground()
        places = self._places()
        self.congestions = available_congestion(self.a)
        self.missing += [f"congestion control {name}" for name in ("dctcp", "vegas") if name not in self.congestions]
        for number, place in enumerate(places):
            self._established(place, number)
        self._backlog(places[0])
        self._backlog(places[1])
        self._v6only(places[1])
        self._owners(places[0])
        self._bound_device()
        self._zero_window(places[0])
        self._mptcp(places[0])
        self._ghosts()
        self._cut_short()
        for place in places:
            self._gone(place)  # last: TIME_WAIT lasts a minute

    # ---- looking at it

    def dump(self, **arguments):
        """{namespace label: rows} of the oracle's own dumps; arguments as of sockdiag.dump()."""
        return {namespace.label: sockdiag.dump(namespace.path, **arguments).rows for namespace in self._namespaces}

    def expected(self):
        out = {namespace.label: {} for namespace in self._namespaces}
        for exhibit in self.exhibits:
            if exhibit.key in out[exhibit.namespace]:
                raise RuntimeError(f"two exhibits are alike: {exhibit}")
            out[exhibit.namespace][exhibit.key] = exhibit
        return out

    def flaws(self, dumps):
        """What in these dumps is not as the zoo was made; empty when all is."""
        out = []
        for label, exhibits in self.expected().items():
            rows = {key_of(row): row for row in dumps[label]}
            out += [f"{label}: no row for {exhibits[key]}" for key in exhibits.keys() - rows.keys()]
            out += [f"{label}: a row of nobody: {key}" for key in rows.keys() - exhibits.keys()]
            if len(rows) != len(dumps[label]):
                out.append(f"{label}: {len(dumps[label]) - len(rows)} rows too many")
            for key in exhibits.keys() & rows.keys():
                wrong = {name: (value, rows[key][name]) for name, value in exhibits[key].facts.items() if rows[key][name] != value}
                if wrong:
                    out.append(f"{label}: {exhibits[key].kind} {key}: made and found differ: {wrong}")
        return out

    def unready(self, dumps):
        """Sockets that wait for an acknowledgement and have not yet met their first timeout. From then on their retransmissions only count
        up; before, a tail loss probe and the first loss go to and fro."""
        return [f"{label}: {key_of(row)}: no timeout yet" for label, rows in dumps.items() for row in rows
                if row["inet_diag_msg_timer"] == 1 and row["tcp_info_length"] and not row["tcp_info_retransmits"]]

    def unrest(self, before, after):
        """Which fields of quiet sockets differ between two dumps of the same sockets."""
        out = []
        for label, exhibits in self.expected().items():
            later = {key_of(row): row for row in after[label]}
            for row in before[label]:
                exhibit, then = exhibits[key_of(row)], later[key_of(row)]
                if not exhibit.restless:
                    changed = {name: (row[name], then[name]) for name in row if row[name] != then[name] and name not in MOVING}
                    if changed:
                        out.append(f"{label}: {exhibit.kind} {exhibit.key}: {changed}")
        return out

    def settle(self, deadline_s=60):
        """Waits until every exhibit is there as made and the quiet ones keep still; raises with what is wrong else."""
        end, earlier = time.monotonic() + deadline_s, None
        while True:
            dumps = self.dump()
            wrong = self.flaws(dumps) or self.unready(dumps)
            if not wrong:
                if earlier is not None:
                    wrong = self.unrest(earlier, dumps)
                    if not wrong:
                        return
                earlier = dumps
            else:
                earlier = None
            if time.monotonic() > end:
                raise TimeoutError("the zoo does not settle:\n" + "\n".join(wrong[:20]))
            time.sleep(0.3)


def main():
    small = "--small" in sys.argv
    seconds = [float(word) for word in sys.argv[1:] if word.replace(".", "").isdigit()]
    started = time.monotonic()
    with Zoo(small) as zoo:
        built = time.monotonic()
        zoo.settle()
        settled = time.monotonic()
        kinds = collections.Counter(exhibit.kind for exhibit in zoo.exhibits)
        print(f"{len(zoo.exhibits)} sockets, made in {built - started:.2f} s, settled in {settled - built:.2f} s")
        print(", ".join(f"{count} {kind}" for kind, count in kinds.items()))
        print("missing:", "; ".join(zoo.missing) or "nothing")
        for namespace in zoo.namespaces:
            print(namespace.label, namespace.inode, namespace.cookie, sum(e.namespace == namespace.label for e in zoo.exhibits))
        sys.stdout.flush()
        time.sleep(seconds[0] if seconds else 0)


if __name__ == "__main__":
    main()
