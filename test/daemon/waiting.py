"""Waiting for what must come to pass, never for a length of time."""
import time

DEADLINE_S = 30  # far more than anything takes: only a failing test waits that long


def wait_for(condition, what, seconds=DEADLINE_S, pause=0.01):
    """The first true value of condition(); an assertion that names `what` when it does not come."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(pause)
