"""A line on stderr about anything that takes longer than two seconds."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["progress"]

DELAY = 2.0  # seconds before anything is shown


@contextmanager
def progress(what: str, step: int, steps: int) -> Iterator[None]:
    """Show on stderr what is running and for how long, once it has taken two seconds.

    The steps (reading, scoring, writing) are single calls, so the line counts steps and seconds.

    Examples
    --------
    >>> with progress("scoring", 2, 3):
    ...     total = sum(range(10))
    """
    done = threading.Event()
    ticker = threading.Thread(target=_tick, args=(what, step, steps, done), daemon=True)
    ticker.start()
    try:
        yield
    finally:
        done.set()
        ticker.join()


def _tick(what: str, step: int, steps: int, done: threading.Event) -> None:
    if done.wait(DELAY):
        return
    from tqdm import tqdm

    if sys.stderr is None:
        return
    pause = 0.5 if sys.stderr.isatty() else 10.0
    form = f"{{desc}} (step {step} of {steps}), {{elapsed}}"
    options = {"total": steps, "initial": step - 1, "desc": what, "leave": False}
    with tqdm(**options, file=sys.stderr, delay=DELAY + 1, bar_format=form) as bar:
        bar.start_t -= DELAY
        bar.refresh()
        while not done.wait(pause):
            bar.refresh()
