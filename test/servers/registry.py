"""A schema registry that speaks Confluent's API: Apicurio, in memory, on loopback. Needs a younger Java than Debian 12's."""
import glob
import json
import shutil
import urllib.error
import urllib.request

import common


class Registry(common.Server):
    def __init__(self, folder, java):
        super().__init__()
        self.jar = glob.glob(f"{folder}/**/quarkus-run.jar", recursive=True)[0]
        self.java, = glob.glob(f"{java}/lib/**/bin/java", recursive=True)
        self.port, self.management = common.free_port(), common.free_port()

    def command(self):
        # Without the management options it opens a port on all addresses.
        return [self.java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx192m", "-Dquarkus.http.host=127.0.0.1", f"-Dquarkus.http.port={self.port}",
                "-Dquarkus.management.host=127.0.0.1", f"-Dquarkus.management.port={self.management}", "-jar", self.jar]

    def url(self):
        return f"http://127.0.0.1:{self.port}/apis/ccompat/v7"

    def get(self, path):
        """What it answers, or nothing."""
        try:
            with urllib.request.urlopen(self.url() + path, timeout=10) as answer:
                return json.load(answer)
        except (urllib.error.URLError, OSError):
            return None

    def ready(self):
        return self.get("/subjects") is not None


def why_not():
    """(why there can be none here or "", its folder, that of its Java)."""
    if not shutil.which("mvn"):
        return "NOT TESTED: no mvn here (packaging/debian-packages.txt, [test])", None, None
    folder, reason = common.fetched("registry")
    java, other = common.fetched("java")
    return reason or other, folder, java
