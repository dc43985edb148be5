#!/usr/bin/python3
"""Checks the rules of the code that speaks io_uring, which no compiler knows.

  check_uring.py [ROOT]

liburing is called in src/uring alone. There, each submission names the Operation that handles its completion, completions are dispatched in
one place, none is suppressed, no result is thrown away, and a buffer that was lent to the kernel comes back by its HeldBuffer only.
Elsewhere nobody drops what a ring said. Tests are exempt. Prints one line per offence; exit 1 when there is any.
"""
import pathlib
import re
import sys

LAYER = "src/uring"
# What may stand once, in the file that is responsible.
ONCE = {"io_uring_get_sqe": "ring.cc", "io_uring_cqe_get_data": "ring.cc", "io_uring_cq_advance": "ring.cc",
        "IORING_CQE_BUFFER_SHIFT": "ring.cc", "io_uring_buf_ring_add": "buffer_ring.cc", "io_uring_buf_ring_advance": "buffer_ring.cc"}
FORBIDDEN = {r"IOSQE_CQE_SKIP_SUCCESS|IORING_\w*CQE_SKIP": "a completion is suppressed: its Operation would be in flight for ever",
             r"io_uring_sqe_set_data64|\buser_data\b": "user data is set without an Operation: use io_uring_sqe_set_data(entry, &operation)",
             r"io_uring_prep_\w*multishot|io_uring_prep_multishot\w*": "a multishot completes more than once: Operation knows one completion",
             r"HeldBuffer\(const HeldBuffer": "a HeldBuffer that can be copied gives its buffer back twice"}
# liburing's functions and ours whose result says whether it worked, called as a statement of their own.
RESULT = r"io_uring_(?:submit|queue_init|register|unregister|enable|wait|get_events|peek_cqe|peek_batch)\w*"
OURS = r"(?:calls_?|calls\(\))\.(?:Init|Enable|RegisterBuffers|Enter|Peek|Probe)"
RING = r"\w+(?:\.|->)(?:SubmitAndReap|SendThenReceive|SendMessage|Lend|Cancel\(\w+, \w+)"
DROPPED = re.compile(rf"(?:^|[;{{}}]|\)\s*|else)\s*(?:\(void\)|std::ignore\s*=|static_cast<void>\()?\s*(?:{RESULT}|{OURS})\s*\(", re.MULTILINE)
DROPPED_RING = re.compile(rf"^\s*(?:\(void\)\s*|std::ignore\s*=\s*|static_cast<void>\()?{RING}", re.MULTILINE)
FUNCTION = re.compile(r"^[^\s#/}][^\n]*(?:\n[^\n{}]+)*?\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)


def code_of(path):
    """The text without comments and strings; lines stay where they are."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0]) if match[0].startswith("/") else '""'
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', blank, path.read_text(), flags=re.DOTALL)


def is_test(path):
    return path.name.endswith(("_test.cc", "_for_test.h", "_bench.cc", "_fuzz.cc"))


def line_of(text, position):
    return text.count("\n", 0, position) + 1


class Checker:
    def __init__(self, root):
        self.root = root
        self.offences = []
        sources = [path for path in sorted((root / "src").rglob("*")) if path.suffix in (".h", ".cc") and not is_test(path)]
        self.code = {str(path.relative_to(root)): code_of(path) for path in sources}
        self.layer = {name: text for name, text in self.code.items() if name.startswith(LAYER + "/")}

    def offend(self, name, position, why):
        self.offences.append(f"{name}:{line_of(self.code[name], position)}: {why}")

    def each(self, pattern, files, why):
        for name, text in files.items():
            for match in re.finditer(pattern, text):
                self.offend(name, match.start() + len(match[0]) - len(match[0].lstrip()), why)

    def run(self):
        if not self.layer:
            return [f"{LAYER}: no sources"]
        others = {name: text for name, text in self.code.items() if name not in self.layer}
        self.each(r"\bio_uring_\w+\s*\(|#\s*include\s*<liburing", others, f"liburing is called in {LAYER} alone")
        for pattern, why in FORBIDDEN.items():
            self.each(pattern, self.layer, why)
        self.each(DROPPED, self.layer, "the result of a call that can fail is thrown away")
        self.each(DROPPED_RING, self.code, "what the ring said is thrown away")
        self.check_once()
        self.check_submissions()
        self.check_declarations()
        return self.offences

    def check_once(self):
        for word, home in ONCE.items():
            found = [(name, match.start()) for name, text in self.layer.items() for match in re.finditer(rf"\b{word}\b", text)]
            for name, position in found:
                if pathlib.Path(name).name != home:
                    self.offend(name, position, f"{word} belongs into {home}, where it stands once")
            if len(found) != 1:
                self.offences.append(f"{LAYER}/{home}: {word} stands {len(found)} times, not once")

    def check_submissions(self):
        """In each function as many io_uring_prep_ as io_uring_sqe_set_data, each for an entry that came from Next(operation)."""
        for name, text in self.layer.items():
            outside = text
            for function in FUNCTION.finditer(text):
                body = function[1]
                outside = outside.replace(body, "")
                prepared = re.findall(r"\bio_uring_prep_\w+\(\s*(\w+)", body)
                named = re.findall(r"\bio_uring_sqe_set_data\(\s*(\w+),\s*&(\w+)\)", body)
                taken = dict(re.findall(r"(\w+) = Next\((\w+)\)", body))
                if len(prepared) != len(named) or any(taken.get(entry) != operation for entry, operation in named) \
                        or any(entry not in taken for entry in prepared) or len(taken) != len(prepared):
                    self.offend(name, function.start(), "each entry is taken by Next(operation), prepared, and given that operation as its data")
            if re.search(r"\bio_uring_prep_\w+\(", outside):
                self.offend(name, 0, "io_uring_prep_ outside of a function that this check can read")

    def check_declarations(self):
        def expect(name, pattern, why):
            if not re.search(pattern, self.layer.get(f"{LAYER}/{name}", "")):
                self.offences.append(f"{LAYER}/{name}: {why}")
        expect("operation.h", r"virtual void OnComplete\(Completion completion\) = 0;", "an Operation must be made to handle its completion")
        expect("buffer_ring.h", r"private:\s+friend class BufferRing;\s+HeldBuffer\(", "only a BufferRing makes a HeldBuffer")
        expect("buffer_ring.cc", r"HeldBuffer::~HeldBuffer\(\) \{\s+if \(ring_ != nullptr\) ring_->GiveBack\(id_\);", "a HeldBuffer gives its buffer back")
        given_back = sum(len(re.findall(r"(?:\.|->)GiveBack\(", text)) for text in self.layer.values())
        if given_back != 1:
            self.offences.append(f"{LAYER}/buffer_ring.cc: GiveBack is called {given_back} times: only HeldBuffer's destructor may")
        header = self.layer.get(f"{LAYER}/ring.h", "")
        for match in re.finditer(r"^([^\n]*)\bbool (Send|SendMessage|Receive|SendThenReceive|Poll|Cancel)\(", header, re.MULTILINE):
            if "[[nodiscard]]" not in match[1]:
                self.offend(f"{LAYER}/ring.h", match.start(), f"{match[2]} says whether there was room: [[nodiscard]]")


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    offences = Checker(root).run()
    for line in offences:
        print(line)
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
