"""Kafka itself, one node in KRaft mode, on loopback: a plain listener always, and one with TLS, SASL or both if wanted. What is in a topic
is read by kcat."""
import base64
import os
import shutil
import struct
import subprocess
import uuid
from typing import NamedTuple

import common

JAVA = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m"]
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=CONTROLLER://127.0.0.1:{controller},PLAINTEXT://127.0.0.1:{port}{more_listeners}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}{more_listeners}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
inter.broker.listener.name=PLAINTEXT
log.dirs={folder}/data
log.cleaner.dedupe.buffer.size=10485760
num.partitions={partitions}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=true
"""
LOG4J = """\
rootLogger.level=WARN
rootLogger.appenderRef.out.ref=out
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %c{{1}} %m%n
"""


class Message(NamedTuple):
    partition: int
    key: str
    headers: dict
    value: bytes


class Kafka(common.Server):
    """`security`: "" or SSL, SASL_PLAINTEXT, SASL_SSL: that listener too, at `secure_port`. `certificate`: (PEM, key) of the broker, with
    `authority`. `users`: {name: password} for SASL by
    `mechanism`; OAUTHBEARER takes any token that nobody signed. `extra`: more lines of server.properties."""

    def __init__(self, jars, security="", certificate=None, authority=None, users=None, mechanism="PLAIN", partitions=1, extra=""):
        super().__init__()
        self.jars, self.security = jars, security
        self.port, self.secure_port, controller = common.free_port(), common.free_port(), common.free_port()
        more = f",{security}://127.0.0.1:{self.secure_port}" if security else ""
        text = PROPERTIES.format(controller=controller, port=self.port, more_listeners=more, folder=self.folder, partitions=partitions) + extra
        if users:
            text += self._sasl(users, mechanism)
        if certificate:
            text += self._tls(certificate, authority)
        (self.folder / "server.properties").write_text(text)
        (self.folder / "log4j2.properties").write_text(LOG4J.replace("{{", "{").replace("}}", "}"))
        # What the random id names is this cluster; a node that has one can be started again.
        scram = [part for user, password in (users or {}).items() if mechanism.startswith("SCRAM")
                 for part in ("--add-scram", f"{mechanism}=[name={user},password={password}]")]
        self._java("kafka.tools.StorageTool", "format", "-t", self._id(), "-c", "server.properties", *scram)

    @staticmethod
    def _id():
        """A cluster's id: 16 bytes in the base64 of URLs."""
        return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")

    def _sasl(self, users, mechanism):
        name = f"listener.name.{self.security.lower()}"
        plain = " ".join(f'user_{user}="{password}"' for user, password in users.items())
        module = {"PLAIN": f"plain.PlainLoginModule required {plain}", "OAUTHBEARER": "oauthbearer.OAuthBearerLoginModule required"}
        login = module.get(mechanism, "scram.ScramLoginModule required")
        return (f"sasl.enabled.mechanisms={mechanism}\n{name}.sasl.enabled.mechanisms={mechanism}\n"
                f"{name}.{mechanism.lower()}.sasl.jaas.config=org.apache.kafka.common.security.{login};\n")

    def _tls(self, certificate, authority):
        """PEM all the way: key, certificate and authority in one file."""
        store = self.folder / "keystore.pem"
        store.write_text("".join(part.read_text() for part in (certificate[1], certificate[0], authority.ca)))
        return f"ssl.keystore.type=PEM\nssl.keystore.location={store}\nssl.truststore.type=PEM\nssl.truststore.location={authority.ca}\n"

    def environment(self):
        return {"CLASSPATH": f"{self.jars}/lib/*"}

    def command(self, *program):
        return ["java", *JAVA, "-Dlog4j2.configurationFile=log4j2.properties", *(program or ("kafka.Kafka", "server.properties"))]

    def _java(self, *program):
        done = subprocess.run(self.command(*program), cwd=self.folder, env={**os.environ, **self.environment()}, capture_output=True, text=True,
                              timeout=common.DEADLINE_S, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{program[0]}: {done.stdout}{done.stderr}")

    def ready(self):
        """It gives its metadata, so it leads its partitions."""
        if not common.answers(self.port):
            return False
        asked = subprocess.run(["kcat", "-L", "-b", self.address(), "-m", "2"], capture_output=True, text=True, check=False)
        return asked.returncode == 0 and "broker 1 at" in asked.stdout

    def address(self):
        return f"127.0.0.1:{self.port}"

    def dest(self):
        return f"kafka:127.0.0.1:{self.secure_port if self.security else self.port}"

    def make_topic(self, topic, **config):
        pairs = [part for name, value in config.items() for part in ("--config", f"{name.replace('_', '.')}={value}")]
        self._java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", self.address(), "--create", "--topic", topic, *pairs)

    def read(self, topic="xtcp"):
        """Every message that is in the topic now."""
        with open(self.folder / "read", "wb") as out:
            subprocess.run(["kcat", "-C", "-q", "-e", "-b", self.address(), "-t", topic, "-o", "beginning", "-f", "%p|%k|%h\n%R%s", "-X",
                            "fetch.message.max.bytes=10000000", "-X", "receive.message.max.bytes=100000000"], stdout=out, timeout=common.DEADLINE_S, check=True)
        return list(parse((self.folder / "read").read_bytes()))


def parse(data):
    at = 0
    while at < len(data):
        end = data.index(b"\n", at)
        partition, key, headers = data[at:end].decode().split("|")
        size, = struct.unpack_from(">i", data, end + 1)
        at = end + 5 + size
        yield Message(int(partition), key, dict(each.split("=", 1) for each in headers.split(",") if each), data[end + 5:at])


def why_not():
    """Why there can be no Kafka here; "" when there can. The second value: its folder."""
    for program in ("java", "kcat"):
        if not shutil.which(program):
            return f"NOT TESTED: no {program} here (packaging/debian-packages.txt, [test])", None
    folder, reason = common.fetched("kafka")
    return reason, folder
