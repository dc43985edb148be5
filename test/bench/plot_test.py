#!/usr/bin/python3
"""tools/plot/cost.py draws every point where it belongs."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools/plot/cost.py"
SVG = "{http://www.w3.org/2000/svg}"


def result(sockets, empty, **rows):
    """As `xtcp2 bench -json` writes it, as far as it is read; rows: format=(user, CPU) in seconds of ten polls, or None."""
    made = []
    for name, figures in rows.items():
        made.append({"collector": "netlink", "format": name})
        made[-1].update({"not_available": "no"} if figures is None else
                        {"polls": 10, "user_seconds": figures[0], "cpu_seconds": figures[1]})
    return {"load": {"sockets": sockets, "namespaces": 1, "empty": empty}, "rows": made}


class Plot(unittest.TestCase):
    def draw(self, axis, *results):
        with tempfile.TemporaryDirectory() as folder:
            names = []
            for number, each in enumerate(results):
                names.append(pathlib.Path(folder, f"{number}.json"))
                names[-1].write_text(json.dumps(each))
            out = pathlib.Path(folder, "out.svg")
            subprocess.run([sys.executable, SCRIPT, axis, out, *names], check=True)
            return xml.etree.ElementTree.parse(out).getroot()

    @staticmethod
    def lines(svg):
        return [[tuple(map(float, pair.split(","))) for pair in each.get("points").split()] for each in svg.iter(f"{SVG}polyline")]

    def test_lines_rise_with_cost(self):
        svg = self.draw("sockets", result(100, 0, jsonl=(0.01, 0.1)), result(10_000, 0, jsonl=(1, 10)), result(1000, 0, jsonl=(0.1, 1)))
        total, user = self.lines(svg)
        self.assertEqual(3, len(total))
        (x1, y1), (x2, y2), (x3, y3) = total
        self.assertAlmostEqual(x2 - x1, x3 - x2, delta=0.2, msg="ten times as many are the same step each time")
        self.assertAlmostEqual(y1 - y2, y2 - y3, delta=0.2)
        self.assertGreater(y1, y3, "more is higher")
        self.assertTrue(all(user[i][1] > total[i][1] for i in range(3)), "user time is a part of it")

    def test_each_format_has_its_lines_and_its_name(self):
        svg = self.draw("namespaces", result(100, 0, jsonl=(1, 2), csv=(1, 3)), result(100, 999, jsonl=(1, 2), csv=(1, 3)))
        self.assertEqual(4, len(self.lines(svg)))
        words = [each.text for each in svg.iter(f"{SVG}text")]
        self.assertIn("netlink, jsonl", words)
        self.assertIn("1,000", words)

    def test_what_was_not_measured_is_left_out(self):
        svg = self.draw("sockets", result(10, 0, jsonl=(1, 2), csv=None), result(20, 0, jsonl=(1, 2), csv=None))
        self.assertEqual(2, len(self.lines(svg)))

    def test_wrong_use(self):
        done = subprocess.run([sys.executable, SCRIPT, "colours", "x", "y"], capture_output=True, text=True, check=False)
        self.assertNotEqual(0, done.returncode)
        self.assertTrue(re.search("usage:", done.stderr))


if __name__ == "__main__":
    unittest.main()
