"""Timing with repeats, and the table that a run prints."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Timing:
    """Seconds of one piece of work, repeated."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def spread(self) -> str:
        return f"{duration(min(self.seconds))} to {duration(max(self.seconds))}, {len(self.seconds)} times"

    def scaled(self, factor: float) -> Timing:
        return Timing(tuple(second * factor for second in self.seconds))


@dataclass(frozen=True)
class Measurement:
    """One line of the table."""

    group: str
    what: str
    value: float
    shown: str
    spread: str = ""
    target: str = ""
    met: bool | None = None


def timed(repeats: int, *work: Callable[[], Any]) -> list[Timing]:
    """Return the processor time of several pieces of work.

    Processor time leaves out waiting for other programs; the work takes turns, so that what remains of a busy
    machine (a shared cache, a shared core) slows all of it alike.
    """
    seconds: list[list[float]] = [[] for _ in work]
    for _ in range(repeats):
        for own, run in zip(seconds, work, strict=True):
            start = time.process_time()
            run()
            own.append(time.process_time() - start)
    return [Timing(tuple(own)) for own in seconds]


def taken(group: str, what: str, timing: Timing, below: float | None = None) -> Measurement:
    """Return a time as a line of the table."""
    target = "" if below is None else f"under {duration(below)}"
    met = None if below is None else timing.median < below
    return Measurement(group, what, timing.median, duration(timing.median), timing.spread, target, met)


def times(
    group: str, what: str, ratio: float, *, at_least: float | None = None, at_most: float | None = None
) -> Measurement:
    """Return a ratio as a line of the table."""
    target, met = "", None
    if at_least is not None:
        target, met = f"at least {at_least:g}", ratio >= at_least
    elif at_most is not None:
        target, met = f"at most {at_most:g}", ratio <= at_most
    return Measurement(group, what, ratio, f"{ratio:,.3g} times", target=target, met=met)


def duration(seconds: float) -> str:
    """Return seconds as people read them.

    Examples
    --------
    >>> duration(0.0123), duration(4.2e-6), duration(75.0)
    ('12.3 ms', '4.2 us', '75 s')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def as_table(measurements: Sequence[Measurement]) -> str:
    """Return the measurements as a Markdown table."""
    rows = [("", "measured", "spread", "target", "met")]
    group = ""
    for m in measurements:
        if m.group != group:
            group = m.group
            rows.append((f"**{group}**", "", "", "", ""))
        rows.append((m.what, m.shown, m.spread, m.target, {True: "yes", False: "NO", None: ""}[m.met]))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])


def as_records(measurements: Sequence[Measurement]) -> list[dict[str, Any]]:
    """Return the measurements as plain data."""
    return [asdict(m) for m in measurements]
