#!/usr/bin/python3
"""A real Kafka: what the daemon collects is read back with kcat and compared, socket by socket and poll by poll, with what its makers know;
also when the broker is killed, frozen, away, protected, or takes small messages only."""
import base64
import collections
import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "servers"))
import common
import kafka
import registry

WHY_NOT, JARS = kafka.why_not()  # before the network is left behind
WHY_NO_REGISTRY, REGISTRY, JAVA = registry.why_not()
import isolation  # starts the program anew in namespaces of its own

import daemon_process
import farm
import formats
import namespaces
from envelope import envelope_of
from waiting import wait_for

PLAN = farm.Plan(pairs=40, listeners=5)
NAMESPACES = 2
LONG_S = 180  # this machine may be busy: only a failing test waits that long
# The farm alone: looking at metrics leaves connections in the test's own namespace.
FLAGS = ["-marshal", "protobufList", "-kafkaSchemaUrl", "none", "-timeout", "250ms", "-netnsInclude", "xtcp2t-kafka-*"]


class Case(unittest.TestCase):
    """A farm of sockets; daemons that send to a broker; what came of it."""

    @classmethod
    def setUpClass(cls):
        cls.namespaces = [namespaces.Named(f"xtcp2t-kafka-{number}") for number in range(NAMESPACES)]
        cls.addClassCleanup(lambda: [each.close() for each in cls.namespaces])
        cls.farm = farm.Farm([each.path for each in cls.namespaces], PLAN, workers=1)
        cls.addClassCleanup(cls.farm.close)
        cls.known = collections.Counter(cls.farm.known)
        cls.inodes = {each.netns_inode for each in cls.farm.known}

    def daemon(self, broker, *flags, topic, polls, every="400ms"):
        daemon = daemon_process.Daemon("-dest", broker.dest(), "-topic", topic, "-frequency", every, "-maxLoops", str(polls), *FLAGS, *flags)
        self.addCleanup(daemon.kill)
        return daemon

    def running(self, daemon):
        """The same, once its metrics can be asked for."""
        wait_for(lambda: daemon.get("/healthz")[0] or daemon.raise_if_ended(), daemon.describe, LONG_S)
        return daemon

    def check_whole(self, daemon, broker, topic, polls, copies_allowed=False):
        """Every poll has every socket once, in messages that each came once. Gives the messages."""
        messages = broker.read(topic)
        by_name = {}
        for message in messages:
            before = by_name.setdefault(message.headers["xtcp2-id"], message)
            self.assertEqual(before.value, message.value, "two messages of one name")
        if not copies_allowed:
            self.assertEqual(len(by_name), len(messages), f"a message came twice\n{daemon.log()}")
        seen = collections.defaultdict(collections.Counter)
        for message in by_name.values():
            for row in formats.read_protobuf_list(message.value):
                if row["netns_inode"] in self.inodes:
                    seen[row["timestamp_ns"]][farm.known_of_row(row)] += 1
        self.assertEqual(len(seen), polls, daemon.log())
        for when, rows in seen.items():
            self.assertEqual(rows, self.known, f"the poll of {when}\n{daemon.log()}")
        return messages

    def errors(self, daemon, **labels):
        return sum(value for (name, have), value in daemon.metrics().items()
                   if name == "xtcp2_destination_errors_total" and labels.items() <= dict(have).items())

    def delivered(self, daemon):
        return daemon.metric("xtcp2_destination_rows_total", destination="kafka")

    def wait_delivered(self, daemon, more_than=0):
        return wait_for(lambda: self.delivered(daemon) > more_than and self.delivered(daemon), daemon.describe, LONG_S)


def broker_of(test, **options):
    """A class's own broker, started."""
    broker = kafka.Kafka(JARS, **options)
    test.addClassCleanup(broker.stop)
    return broker.start()


@unittest.skipIf(WHY_NOT, WHY_NOT)
@isolation.needs_root
class Plain(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.broker = broker_of(cls)

    def test_every_socket_of_every_poll(self):
        daemon = self.daemon(self.broker, "-kafkaKey", "host", "-hostname", "tester", topic="whole", polls=3)
        self.assertEqual(daemon.wait(LONG_S), 0, daemon.log())
        for message in self.check_whole(daemon, self.broker, "whole", 3):
            self.assertEqual((message.key, message.headers["xtcp2-format"]), ("tester", "protobufList"))
            self.assertTrue(message.headers["xtcp2-id"].startswith("tester-"))

    def test_a_topic_that_takes_small_messages(self):
        self.broker.make_topic("small", max_message_bytes=6000)
        daemon = self.daemon(self.broker, "-kafkaCompression", "none", topic="small", polls=2)
        self.assertEqual(daemon.wait(LONG_S), 0, daemon.log())
        messages = self.check_whole(daemon, self.broker, "small", 2)
        self.assertLess(max(len(message.value) for message in messages), 6000)

    def test_every_compression(self):
        for name in ("auto", "lz4", "snappy", "gzip"):
            with self.subTest(name):
                daemon = self.daemon(self.broker, "-kafkaCompression", name, topic=f"by-{name}", polls=1)
                self.assertEqual(daemon.wait(LONG_S), 0, daemon.log())
                self.check_whole(daemon, self.broker, f"by-{name}", 1)

    def test_a_topic_that_cannot_be(self):
        daemon = self.daemon(self.broker, topic="no/such topic", polls=1)
        self.assertEqual(daemon.wait(LONG_S), 1, daemon.log())
        self.assertIn("no/such topic", daemon.log())

    def test_killed_and_started_again_in_the_middle_of_a_poll(self):
        daemon = self.running(self.daemon(self.broker, "-envelopeFlushRows", "20", topic="killed", polls=12))
        self.wait_delivered(daemon)
        self.broker.kill()
        wait_for(lambda: self.errors(daemon), daemon.describe, LONG_S)
        self.broker.start()
        self.assertEqual(daemon.wait(LONG_S), 0, daemon.log())
        self.check_whole(daemon, self.broker, "killed", 12)

    def test_frozen_for_longer_than_the_timeouts(self):
        daemon = self.running(self.daemon(self.broker, "-envelopeFlushRows", "20", "-produceTimeout", "1s", "-kafkaProperty",
                                          "socket.timeout.ms=2000", "-kafkaProperty", "statistics.interval.ms=200", topic="frozen", polls=12))
        self.wait_delivered(daemon)
        self.broker.freeze()
        self.addCleanup(self.broker.thaw)

        def given_up():
            return sum(value for (name, labels), value in daemon.metrics().items()
                       if name == "xtcp2_kafka_broker_errors_total" and ("kind", "timeout") in labels)

        wait_for(lambda: self.errors(daemon, kind="timeout") >= 2 and given_up(), daemon.describe, LONG_S)
        self.broker.thaw()
        self.assertEqual(daemon.wait(LONG_S), 0, daemon.log())
        self.check_whole(daemon, self.broker, "frozen", 12)


@unittest.skipIf(WHY_NOT, WHY_NOT)
@isolation.needs_root
class AwayAtStart(Case):
    def test_it_comes_later(self):
        broker = kafka.Kafka(JARS)
        self.addCleanup(broker.stop)
        daemon = self.running(self.daemon(broker, topic="later", polls=5))
        wait_for(lambda: self.errors(daemon, kind="refused"), daemon.describe, LONG_S)
        self.assertEqual(self.delivered(daemon), 0)
        broker.start()
        self.assertEqual(daemon.wait(LONG_S), 0, daemon.log())
        self.check_whole(daemon, broker, "later", 5)

    def test_it_never_comes(self):
        """Told to stop, it ends at once and says what was lost."""
        port = common.free_port()
        daemon = daemon_process.Daemon("-dest", f"kafka:127.0.0.1:{port}", "-frequency", "300ms", "-shutdownTimeout", "1s", *FLAGS)
        self.addCleanup(daemon.kill)
        self.running(daemon)
        wait_for(lambda: self.errors(daemon, kind="refused"), daemon.describe, LONG_S)
        self.assertEqual(daemon.stop(), 0, daemon.log())
        self.assertIn("refused", daemon.log())


@unittest.skipIf(WHY_NOT, WHY_NOT)
@isolation.needs_root
class Protected(Case):
    """TLS and SASL PLAIN, and a client certificate on top."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = common.Authority(f"{isolation.SCRATCH}/kafka-ca")
        cls.broker = broker_of(cls, security="SASL_SSL", certificate=cls.authority.issue("broker"), authority=cls.authority,
                               users={"writer": "right-password"}, extra="listener.name.sasl_ssl.ssl.client.auth=required\n")

    def daemon_with(self, password, *flags, topic, polls=2, certificate="client", ca=None):
        secret = pathlib.Path(isolation.SCRATCH, f"password-{topic}")
        secret.write_text(password + "\n")
        pem, key = self.authority.issue(certificate)
        return self.daemon(self.broker, "-kafkaTls", "-kafkaCaFile", str(ca or self.authority.ca), "-kafkaCertFile", str(pem), "-kafkaKeyFile", str(key),
                           "-kafkaSasl", "plain", "-kafkaUser", "writer", "-kafkaPasswordFile", str(secret), *flags, topic=topic, polls=polls)

    def test_right(self):
        daemon = self.daemon_with("right-password", topic="right")
        self.assertEqual(daemon.wait(LONG_S), 0, daemon.log())
        self.check_whole(daemon, self.broker, "right", 2)

    def test_wrong_password(self):
        daemon = self.daemon_with("wrong-password", topic="wrong", polls=0)
        self.assertEqual(daemon.wait(LONG_S), 1, daemon.log())
        self.assertIn("Authentication failed", daemon.log())
        self.assertNotIn("wrong-password", daemon.log())

    def test_an_authority_that_did_not_sign_the_broker(self):
        other = common.Authority(f"{isolation.SCRATCH}/another-ca")
        daemon = self.running(self.daemon_with("right-password", "-shutdownTimeout", "1s", topic="stranger", polls=0, ca=other.ca))
        wait_for(lambda: self.errors(daemon, kind="tls"), daemon.describe, LONG_S)
        self.assertIn("certificate verify failed", daemon.log())
        self.assertEqual(daemon.stop(), 0)

    def test_a_certificate_that_cannot_be_read(self):
        daemon = self.daemon_with("right-password", topic="unreadable", ca="/nonexistent.pem")
        self.assertEqual(daemon.wait(LONG_S), 1, daemon.log())
        self.assertIn("/nonexistent.pem", daemon.log())


@unittest.skipIf(WHY_NOT, WHY_NOT)
@isolation.needs_root
class Expired(Case):
    def test_expired_certificate_is_renewed(self):
        """The client's certificate has expired: tried again, and good when a renewed one is in the same file."""
        authority = common.Authority(f"{isolation.SCRATCH}/expired-ca")
        broker = broker_of(type(self), security="SSL", certificate=authority.issue("broker"), authority=authority,
                           extra="listener.name.ssl.ssl.client.auth=required\n")
        pem, key = authority.issue("client", expired=True)
        daemon = self.daemon(broker, "-kafkaTls", "-kafkaCaFile", str(authority.ca), "-kafkaCertFile", str(pem), "-kafkaKeyFile", str(key),
                             topic="renewed", polls=4)
        self.running(daemon)
        wait_for(lambda: self.errors(daemon), daemon.describe, LONG_S)
        self.assertEqual(self.delivered(daemon), 0)
        authority.issue("client")
        self.assertEqual(daemon.wait(LONG_S), 0, daemon.log())
        self.check_whole(daemon, broker, "renewed", 4, copies_allowed=True)


@unittest.skipIf(WHY_NOT, WHY_NOT)
@isolation.needs_root
class Tokens(Case):
    @staticmethod
    def token(lasts_s):
        """One that nobody signed: Kafka takes it where it is not told whose signature to ask for."""
        parts = ({"alg": "none"}, {"sub": "writer", "iat": int(time.time()) - 100, "exp": int(time.time()) + lasts_s})
        return "".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") + "." for part in parts)

    def test_an_expired_token_then_a_good_one(self):
        broker = broker_of(type(self), security="SASL_PLAINTEXT", users={"writer": ""}, mechanism="OAUTHBEARER")
        file = pathlib.Path(isolation.SCRATCH, "token")
        file.write_text(self.token(-50))
        daemon = self.running(self.daemon(broker, "-kafkaSasl", "oauthbearer", "-kafkaTokenFile", str(file), topic="by-token", polls=3))
        wait_for(lambda: self.errors(daemon, kind="token"), daemon.describe, LONG_S)
        self.assertIn("the token has expired", daemon.log())
        file.write_text(self.token(3600))
        self.assertEqual(daemon.wait(LONG_S), 0, daemon.log())
        self.check_whole(daemon, broker, "by-token", 3)


@unittest.skipIf(WHY_NOT, WHY_NOT)
@isolation.needs_root
class Scram(Case):
    def test_works_or_says_why_not(self):
        """Debian 12's librdkafka cannot do it with this Kafka; then the message must say that the password may be right."""
        broker = broker_of(type(self), security="SASL_PLAINTEXT", users={"writer": "right-password"}, mechanism="SCRAM-SHA-512")
        daemon = self.daemon(broker, "-kafkaSasl", "scram-sha-512", "-kafkaUser", "writer", "-kafkaPassword", "right-password", topic="scram", polls=2)
        if daemon.wait(LONG_S) == 0:
            self.check_whole(daemon, broker, "scram", 2)
        else:
            self.assertRegex(daemon.log(), "invalid credentials.*librdkafka 2\\.[0-5]\\..* cannot do SCRAM with Kafka 3.8.1")


@unittest.skipIf(WHY_NOT or WHY_NO_REGISTRY, WHY_NOT or WHY_NO_REGISTRY)
@isolation.needs_root
class Schema(Case):
    def test_framed_values_wait_for_the_registry(self):
        """It comes after the first polls: their rows wait, and begin with the number that it gave."""
        broker, schemas = broker_of(type(self)), registry.Registry(REGISTRY, JAVA)
        self.addCleanup(schemas.stop)
        daemon = self.running(self.daemon(broker, "-kafkaSchemaUrl", schemas.url(), "-kafkaSchemaFraming", topic="framed", polls=3))
        wait_for(lambda: self.errors(daemon, kind="schema"), daemon.describe, LONG_S)
        schemas.start()
        self.assertEqual(daemon.wait(LONG_S), 0, daemon.log())
        latest = schemas.get("/subjects/framed-value/versions/latest")
        self.assertEqual(latest["schemaType"], "PROTOBUF")
        self.assertIn("message Envelope", latest["schema"])
        messages = broker.read("framed")
        self.assertTrue(messages)
        sockets = 0
        for message in messages:
            self.assertEqual(message.value[:6], b"\0" + latest["id"].to_bytes(4, "big") + b"\0")
            sockets += sum(row.netns_inode in self.inodes for row in envelope_of(2).FromString(message.value[6:]).row)
        self.assertEqual(sockets, 3 * len(self.farm.known))


class Refused(unittest.TestCase):
    """What would lose rows is refused at start, with the reason; secrets are not shown."""

    def run_with(self, *flags):
        return daemon_process.run_to_end("-dest", "kafka:127.0.0.1:1", "-netns", "own", "-maxLoops", "1", *FLAGS, *flags)

    def test_properties(self):
        for flags, said in ((["acks=1"], "rows would be lost"), (["enable.idempotence=false"], "twice"), (["bootstrap.servers=x:1"], "-dest"),
                            (["no.such.thing=1"], "no.such.thing"), (["ssl.key.password=@/nonexistent"], "/nonexistent")):
            with self.subTest(flags[0]):
                code, daemon = self.run_with("-kafkaProperty", flags[0])
                self.assertNotEqual(code, 0)
                self.assertIn(said, daemon.log())

    def test_secrets_are_not_shown(self):
        code, daemon = self.run_with("-kafkaProperty", "sasl.oauthbearer.client.secret=hidden-thing", "-kafkaPassword", "hidden-too", "-conf")
        self.assertEqual(code, 0, daemon.log())
        self.assertNotIn(b"hidden", daemon.output() + daemon.log().encode())


if __name__ == "__main__":
    unittest.main()
