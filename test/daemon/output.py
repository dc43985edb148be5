"""The rows a daemon has written so far, by poll."""
import collections
import pathlib

import formats


def by_poll(rows):
    """{timestamp_ns: rows}, in time's order."""
    polls = collections.defaultdict(list)
    for row in rows:
        polls[row["timestamp_ns"]].append(row)
    return dict(sorted(polls.items()))


class Tail:
    """A jsonl file that grows. update() takes in what has come; a line that is not finished waits."""

    def __init__(self, path):
        self.path, self.rows = pathlib.Path(path), []
        self._taken, self._reader = 0, formats.Json(2)

    def update(self):
        if self.path.exists():
            with open(self.path, "rb") as file:
                file.seek(self._taken)
                data = file.read()
            data = data[:data.rfind(b"\n") + 1]
            self._taken += len(data)
            self.rows += map(self._reader.row, formats.json_lines(data))
        return self

    def polls(self):
        """Polls that are finished: every one but the newest, whose rows may still be on their way."""
        return dict(list(by_poll(self.update().rows).items())[:-1])
