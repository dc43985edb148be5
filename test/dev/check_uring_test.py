"""tools/dev/check_uring.py finds what it is there to find: each rule broken once in a copy of the sources."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(os.environ.get("XTCP2_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
CHECK = ROOT / "tools/dev/check_uring.py"

# file, what is replaced, by what, and a word of the offence that must follow.
BREAKS = {
    "liburing elsewhere": ("src/collect/dump_ring.cc", "namespace xtcp2::collect {", "#include <liburing.h>\nnamespace xtcp2::collect {", "alone"),
    "a call elsewhere": ("src/collect/dump_slot.cc", "void DumpSlot::Cancel() {", "void DumpSlot::Cancel() {\n  io_uring_submit(r);", "alone"),
    "a second place that takes entries": ("src/uring/ring.cc", "bool Ring::Send(", "void F() { io_uring_get_sqe(&ring_); }\nbool Ring::Send(", "2 times"),
    "an entry taken in another file": ("src/uring/make_ring.cc", "namespace xtcp2::uring {", "auto* f() { return io_uring_get_sqe(nullptr); }\nnamespace xtcp2::uring {", "belongs into"),
    "a submission without an operation": ("src/uring/ring.cc", "  io_uring_sqe_set_data(entry, &operation);\n", "", "given that operation"),
    "a submission with another's operation": ("src/uring/ring.cc", "io_uring_sqe_set_data(entry, &send)", "io_uring_sqe_set_data(entry, &receive)", "given that operation"),
    "a submission behind the back of the operation": ("src/uring/ring.cc", "= Next(send)", "= other(send)", "given that operation"),
    "data without a type": ("src/uring/ring.cc", "io_uring_sqe_set_data(entry, &send)", "entry->user_data = 7", "without an Operation"),
    "a suppressed completion": ("src/uring/ring.cc", "entry->flags |= IOSQE_IO_LINK;", "entry->flags |= IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;", "suppressed"),
    "a multishot": ("src/uring/ring.cc", "io_uring_prep_recvmsg(", "io_uring_prep_recvmsg_multishot(", "more than once"),
    "a result of liburing": ("src/uring/calls.cc", "  io_uring_cqe* first = nullptr;", "  io_uring_submit(ring);\n  io_uring_cqe* first = nullptr;", "thrown away"),
    "a result cast away": ("src/uring/calls.cc", "  io_uring_cqe* first = nullptr;", "  (void)io_uring_get_events(ring);\n  io_uring_cqe* first = nullptr;", "thrown away"),
    "a result behind an if": ("src/uring/ring.cc", "  reaping_ = true;", "  if (set_up_) calls_.Enable(&ring_);\n  reaping_ = true;", "thrown away"),
    "a result of the ring": ("src/collect/dump_ring.cc", "const Result<unsigned> reaped = ring_->SubmitAndReap", "ring_->SubmitAndReap", "thrown away"),
    "room ignored": ("src/collect/dump_slot.cc", "  ask_again_ = false;", "  ask_again_ = false;\n  std::ignore = ring_->SendMessage(1, message_, 0, sending_);", "thrown away"),
    "a buffer lent elsewhere": ("src/uring/ring.cc", "unsigned Ring::Reap() {", "void G() { io_uring_buf_ring_advance(nullptr, 1); }\nunsigned Ring::Reap() {", "belongs into"),
    "a buffer given back twice": ("src/uring/buffer_ring.cc", "ring_->GiveBack(id_);\n}", "ring_->GiveBack(id_);\n}\nvoid H(BufferRing* r) { r->GiveBack(0); }", "GiveBack is called 2 times"),
    "a buffer never given back": ("src/uring/buffer_ring.cc", "if (ring_ != nullptr) ring_->GiveBack(id_);", "", "gives its buffer back"),
    "a buffer that can be copied": ("src/uring/buffer_ring.h", "  HeldBuffer() = default;", "  HeldBuffer() = default;\n  HeldBuffer(const HeldBuffer&) = default;", "twice"),
    "a buffer made by anyone": ("src/uring/buffer_ring.h", " private:\n  friend class BufferRing;\n", " public:\n", "only a BufferRing"),
    "an operation that handles nothing": ("src/uring/operation.h", "(Completion completion) = 0;", "(Completion) {}", "made to handle"),
    "a result that may be ignored": ("src/uring/ring.h", "[[nodiscard]] bool Poll", "bool Poll", "[[nodiscard]]"),
}


def check(root):
    return subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True, check=False)


class CheckUring(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name in ("src/uring", "src/collect"):
            shutil.copytree(ROOT / name, self.root / name)

    def test_the_sources_are_clean(self):
        result = check(ROOT)
        self.assertEqual((result.stdout, result.returncode), ("", 0))

    def test_the_copy_is_clean(self):
        self.assertEqual(check(self.root).stdout, "")

    def test_comments_and_strings_are_no_code(self):
        path = self.root / "src/collect/dump_ring.cc"
        path.write_text(path.read_text() + '\n// io_uring_submit(ring);\nconst char* s = "io_uring_submit(ring)";\n')
        self.assertEqual(check(self.root).stdout, "")

    def test_without_the_layer_it_fails(self):
        shutil.rmtree(self.root / "src/uring")
        self.assertEqual(check(self.root).returncode, 1)

    def test_each_broken_rule_is_found(self):
        for what, (name, old, new, offence) in BREAKS.items():
            with self.subTest(what):
                path = self.root / name
                text = path.read_text()
                self.assertIn(old, text, "the test must be brought up to date with the sources")
                path.write_text(text.replace(old, new, 1))
                result = check(self.root)
                path.write_text(text)
                self.assertEqual(result.returncode, 1)
                self.assertIn(offence, result.stdout)


if __name__ == "__main__":
    unittest.main()
