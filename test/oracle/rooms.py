"""The rooms of the zoo: how each kind of socket is made and what the kernel must then say of it. A part of zoo.Zoo, which lays the ground
(namespaces a, b, c joined by a veth pair) and looks at the result."""
import os
import socket
import time

import packets
from exhibits import (Exhibit, IPPROTO_MPTCP, Options, OwnCgroup, Place, congestion, connect, listener, make, mark, name_pair, option,
                      packed, send_queue_full, talk, tcp_state)
from record import (CLOSE_WAIT, CLOSING, ESTABLISHED, FIN_WAIT1, FIN_WAIT2, LAST_ACK, LISTEN, SYN_RECV, SYN_SENT, TIME_WAIT)

PREFIX = "xtcp2zoo-"


def wait_for(what, condition, deadline_s=30):
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {deadline_s} s for {what}")
        time.sleep(0.01)


class Rooms:
    """Uses of the zoo: a, b, small, congestions, exhibits, missing, bound_only, _sockets, _cgroup, _cut()."""

    def _keep(self, *tcps):
        self._sockets += tcps

    def _show(self, namespace, tcp, state, kind, restless=False, **facts):
        self._show_names(namespace, name_pair(tcp), state, kind, restless, **facts)

    def _show_names(self, namespace, names, state, kind, restless=False, **facts):
        self.exhibits.append(Exhibit(namespace.label, kind, state, *names, restless, facts))

    def _listen(self, place, kind, **arguments):
        facts = arguments.pop("facts", {})
        tcp = listener(place, **arguments)
        self._keep(tcp)
        self._show(place.server, tcp, LISTEN, kind, **facts)
        return tcp

    def _pair(self, place, server, prepare=None, **arguments):
        client = connect(place, server, prepare, **arguments)
        served, _ = server.accept()
        served.settimeout(20)
        self._keep(client, served)
        self._amount = getattr(self, "_amount", 0) + 1
        talk(client, served, 1000 + 61 * self._amount)
        return client, served

    def _established(self, place, number):
        server = self._listen(place, "listener", any_address=number % 2 == 1)
        for name in self.congestions:
            # DCTCP marks its SYN; who does not speak it too takes that for a broken path and refuses ECN.
            peer = self._listen(place, "dctcp listener", prepare=congestion(name)) if name == "dctcp" else server
            client, served = self._pair(place, peer, congestion(name))
            self._show(place.client, client, ESTABLISHED, "established", inet_diag_cong=name)
            self._show(place.server, served, ESTABLISHED, "established")
        self._unread(place, server)
        options = Options(place, number + 1).all
        names = list(options)
        if self.small:
            names = names[number::4]
        for name in names:
            prepare, facts = options[name]
            client, served = self._pair(place, server, prepare)
            self._show(place.client, client, ESTABLISHED, name, **facts)
            self._show(place.server, served, ESTABLISHED, "established")

    def _unread(self, place, server):
        client, served = self._pair(place, server)
        client.sendall(b"u" * 777)
        self._show(place.client, client, ESTABLISHED, "established")
        self._show(place.server, served, ESTABLISHED, "unread", inet_diag_msg_rqueue=777)

    def _backlog(self, place):
        server = self._listen(place, "backlog", backlog=8, facts={"inet_diag_msg_rqueue": 3, "inet_diag_msg_wqueue": 8})
        for _ in range(3):
            client = connect(place, server)
            self._keep(client)
            self._show(place.client, client, ESTABLISHED, "established")
            source, sport, dest, dport = name_pair(client)
            self._show_names(place.server, (dest, dport, source, sport), ESTABLISHED, "not accepted", inet_diag_msg_inode=0)

    def _v6only(self, place):
        for only in (True, False):
            self._listen(place, "v6only" if only else "dual stack", v6only=only, any_address=True, facts={"inet_diag_skv6only": int(only)})

    def _owners(self, place):
        """Another user's socket, one in a cgroup of its own, and one that is bound and nothing more."""
        user = 54321
        with place.server.inside():
            os.seteuid(user)
            try:
                tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            finally:
                os.seteuid(0)
        tcp.bind((place.server_address, 0))
        tcp.listen(3)
        self._keep(tcp)
        self._show(place.server, tcp, LISTEN, "other user", inet_diag_msg_uid=user)
        bound = make(place.server, place.family)
        bound.bind((place.server_address, 0))
        self._keep(bound)
        self.bound_only.append((place.server.label, name_pair(bound)))
        try:
            self._cgroup = OwnCgroup(f"{PREFIX}{os.getpid()}")
        except OSError as failure:
            self.missing.append(f"a cgroup: {failure}")
            return
        with self._cgroup:
            self._listen(place, "cgroup", facts={"inet_diag_cgroup_id": self._cgroup.id})

    def _bound_device(self):
        place = Place("device", self.b, self.a, "10.77.0.2", "10.77.0.1")
        with self.a.inside():
            index = socket.if_nametoindex("va")
        server = self._listen(place, "listener")
        client, served = self._pair(place, server, option(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"va\0"))
        self._show(place.client, client, ESTABLISHED, "bound to a device", inet_diag_msg_socket_interface=index)
        self._show(place.server, served, ESTABLISHED, "established")

    def _zero_window(self, place):
        server = self._listen(place, "listener", prepare=option(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192))
        client, served = self._pair(place, server, option(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536))
        send_queue_full(client)
        self._show(place.client, client, ESTABLISHED, "unsent data", restless=True)
        self._show(place.server, served, ESTABLISHED, "window shut", restless=True)

    def _mptcp(self, place):
        """MPTCP's subflows are TCP sockets with an upper layer."""
        try:
            server = self._listen(place, "mptcp listener", protocol=IPPROTO_MPTCP)
            client, served = self._pair(place, server, protocol=IPPROTO_MPTCP)
        except OSError as failure:
            self.missing.append(f"MPTCP: {failure}")
            return
        self._show(place.client, client, ESTABLISHED, "mptcp", inet_diag_ulp_name="mptcp")
        self._show(place.server, served, ESTABLISHED, "mptcp", inet_diag_ulp_name="mptcp")

    def _ghosts(self):
        """Peers that never answer, and peers that say SYN and nothing more."""
        for number, (here, ghost) in enumerate((("10.77.0.1", "10.77.0.200"), ("fd77::1", "fd77::200"))):
            place = Place("ghost", self.a, self.a, here, here)
            server = self._listen(place, "marked listener", prepare=mark(0x2000 + number), facts={"inet_diag_mark": 0x2000 + number})
            port = server.getsockname()[1]
            for peer_port in (1025, 1026):
                with self.b.inside():
                    packets.send_syn(ghost, peer_port, here, port)
                # The kernel's NEW_SYN_RECV; inet_req_diag_fill() reports it as SYN_RECV, without tcp_info.
                self._show_names(self.a, (packed(here), port, packed(ghost), peer_port), SYN_RECV, "half open", True,
                                 tcp_info_length=0, inet_diag_mark=0x2000 + number)
            for crossed in (False, True):
                tcp = make(self.a, place.family)
                tcp.bind((here, 0))
                tcp.setblocking(False)
                tcp.connect_ex((ghost, 1027 + crossed))
                self._keep(tcp)
                names = tcp.getsockname()[1], (packed(here), tcp.getsockname()[1], packed(ghost), 1027 + crossed)
                if crossed:  # both sides said SYN
                    with self.b.inside():
                        packets.send_syn(ghost, 1028, here, names[0])
                    wait_for("SYN_RECV", lambda tcp=tcp: tcp_state(tcp) == SYN_RECV)
                self._show_names(self.a, names[1], SYN_RECV if crossed else SYN_SENT, "syn", True)

    def _cut_short(self):
        """Connections of which one direction went dead: states that else last a round trip."""
        for here, peer in (("10.77.0.1", "10.77.0.3"), ("fd77::1", "fd77::3")):
            place = Place("cut", self.a, self.b, here, peer)
            server = self._listen(place, "listener")
            pairs = [self._pair(place, server) for _ in range(5)]
            self._cut(peer)
            (fin_client, fin), (closing_client, closing), (last_client, last), (data_client, data), (deaf_client, deaf) = pairs
            fin.shutdown(socket.SHUT_WR)
            closing.shutdown(socket.SHUT_WR)
            closing_client.shutdown(socket.SHUT_WR)
            last_client.shutdown(socket.SHUT_WR)
            wait_for("CLOSE_WAIT", lambda: tcp_state(last) == CLOSE_WAIT)
            last.shutdown(socket.SHUT_WR)
            data.sendall(b"d" * 5000)
            deaf_client.sendall(b"e" * 3000)
            for served, state in ((fin, FIN_WAIT1), (closing, CLOSING), (last, LAST_ACK), (data, ESTABLISHED), (deaf, ESTABLISHED)):
                wait_for(f"state {state}", lambda served=served, state=state: tcp_state(served) == state)
                self._show(self.a, served, state, "cut", True)
            for client, state in ((fin_client, ESTABLISHED), (closing_client, FIN_WAIT1), (last_client, FIN_WAIT1),
                                  (data_client, ESTABLISHED), (deaf_client, ESTABLISHED)):
                self._show(self.b, client, state, "cut", True)

    def _gone(self, place):
        """Half closed, closed by one side only, and closed by both."""
        server = self._listen(place, "listener")
        client, served = self._pair(place, server)
        client.shutdown(socket.SHUT_WR)
        self._show(place.client, client, FIN_WAIT2, "half closed", inet_diag_shutdown=2)
        self._show(place.server, served, CLOSE_WAIT, "half closed", inet_diag_shutdown=1)
        client, served = self._pair(place, server)
        names = name_pair(client)
        client.close()
        self._show_names(place.client, names, FIN_WAIT2, "orphan", tcp_info_length=0)
        self._show(place.server, served, CLOSE_WAIT, "peer gone")
        client, served = self._pair(place, server, mark(0x3000))
        names = name_pair(client)
        client.close()
        wait_for("CLOSE_WAIT", lambda: tcp_state(served) == CLOSE_WAIT)
        served.close()
        self._show_names(place.client, names, TIME_WAIT, "time wait", inet_diag_mark=0x3000, tcp_info_length=0)
