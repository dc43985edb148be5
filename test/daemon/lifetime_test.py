#!/usr/bin/python3
"""How namespaces come, are named and go, one daemon a case."""
import os
import pathlib
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import isolation  # first: starts the program anew in namespaces of its own

import namespaces
import netns
from lifetime_case import MS, PORT, Case
from waiting import wait_for


@isolation.needs_root
class Coming(Case):
    def test_a_poll_holds_what_was_there_100_ms_before(self):
        self.start(400)
        for number in range(8):  # at different moments between two polls
            time.sleep(0.05 * number)
            made = self.named(f"xtcp2t-new-{number}", PORT + number)
            rows = self.first_poll_after(time.time_ns() + 100 * MS)
            self.assertEqual([(made.name, made.inode)], self.places(rows, PORT + number))

    def test_held_by_a_thread_only(self):
        self.start(200)
        held = self.thread_held(PORT)
        self.assertNotEqual(held.inode, netns.inode("/proc/self/ns/net"), "the thread is not where its process is")
        rows = self.first_poll_after(time.time_ns())
        self.assertEqual([(f"netns:[{held.inode}]", held.inode)], self.places(rows, PORT))

    def test_a_folder_that_appears_later(self):
        self.start(200)
        folder = "/run/docker/netns"
        self.assertFalse(os.path.exists(folder))
        os.makedirs(folder)
        self.addCleanup(lambda: (os.rmdir(folder), os.rmdir("/run/docker")))
        made = self.named("4f2a", PORT, folder=folder)
        self.assertEqual([("4f2a", made.inode)], self.places(self.first_poll_after(time.time_ns()), PORT))


@isolation.needs_root
class Going(Case):
    @staticmethod
    def interfaces():
        return {name for _, name in socket.if_nameindex()}

    def test_a_deleted_namespace_is_let_go(self):
        """Its end of a veth pair takes ours with it when the last reference is gone, at the latest with the next poll."""
        self.start(1500)
        doomed = self.named("xtcp2t-doomed", PORT)
        subprocess.run(["ip", "link", "add", "xtcp2t-here", "type", "veth", "peer", "name", "there", "netns", doomed.name], check=True)
        self.addCleanup(subprocess.run, ["ip", "link", "delete", "xtcp2t-here"], check=False, capture_output=True)
        wait_for(lambda: self.places(self.tail.update().rows, PORT), "rows of the namespace")
        self.daemon.wait_polls(self.daemon.polls() + 1)
        self.assertIn("xtcp2t-here", self.interfaces())
        doomed.close()
        polls = self.daemon.polls()
        wait_for(lambda: "xtcp2t-here" not in self.interfaces(), "the veth is gone")
        self.assertLessEqual(self.daemon.polls(), polls + 1, "the namespace was kept alive longer than until the next poll")


@isolation.needs_root
class Names(Case):
    def test_what_is_no_namespace_does_no_harm(self):
        folder = namespaces.FOLDER
        pathlib.Path(folder, "text").write_text("no namespace")
        pathlib.Path(folder, "left-over").touch()  # what `ip netns` leaves where its mount is gone
        os.mkfifo(f"{folder}/fifo")
        os.symlink("nowhere", f"{folder}/dangling")
        os.mkdir(f"{folder}/folder")
        self.addCleanup(lambda: [os.unlink(f"{folder}/{name}") for name in ("text", "left-over", "fifo", "dangling")])
        self.addCleanup(os.rmdir, f"{folder}/folder")
        made = self.named("xtcp2t-good", PORT)
        self.start(200)
        self.assertEqual([(made.name, made.inode)], self.places(self.first_poll_after(time.time_ns()), PORT))
        self.check_quiet()

    def test_a_namespace_of_another_kind_does_no_harm(self):
        """A file of the same file system that setns would refuse."""
        path = f"{namespaces.FOLDER}/uts"
        namespaces.bind("/proc/self/ns/uts", path)
        self.addCleanup(lambda: (namespaces.unbind(path), os.unlink(path)))
        made = self.named("xtcp2t-good", PORT)
        self.start(200)
        self.assertEqual([(made.name, made.inode)], self.places(self.first_poll_after(time.time_ns()), PORT))
        self.check_quiet()

    def check_quiet(self):
        """All polls are complete and nobody is bothered."""
        self.daemon.wait_polls(3)
        self.assertEqual(0, self.daemon.metric("xtcp2_polls_total", result="partial"), self.daemon.describe())
        self.assertEqual(0, self.daemon.metric("xtcp2_namespaces", condition="failed"))
        self.assertNotIn("warning", self.daemon.log())

    def test_another_namespace_under_the_same_name(self):
        self.start(200)
        first = self.thread_held(PORT)
        path = f"{namespaces.FOLDER}/xtcp2t-same"
        namespaces.bind(first.path, path)
        self.addCleanup(lambda: (namespaces.unbind(path), os.unlink(path)))
        self.assertEqual([("xtcp2t-same", first.inode)], self.places(self.first_poll_after(time.time_ns()), PORT))
        second = self.thread_held(PORT + 1)
        namespaces.unbind(path)
        namespaces.bind(second.path, path)
        rows = self.first_poll_after(time.time_ns())
        self.assertEqual([("xtcp2t-same", second.inode)], self.places(rows, PORT + 1))
        self.assertEqual([(f"netns:[{first.inode}]", first.inode)], self.places(rows, PORT))

    def test_two_names_of_one_namespace_make_one_row(self):
        made = self.named("xtcp2t-one", PORT)
        path = f"{namespaces.FOLDER}/xtcp2t-two"
        namespaces.bind(made.path, path)
        self.addCleanup(lambda: (namespaces.unbind(path), os.unlink(path)))
        self.start(200)
        (name, inode), = self.places(self.first_poll_after(time.time_ns()), PORT)
        self.assertEqual(made.inode, inode)
        self.assertIn(name, (made.name, "xtcp2t-two"))


if __name__ == "__main__":
    unittest.main()
