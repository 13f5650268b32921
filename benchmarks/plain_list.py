"""The waiting list of one draw in plain Python: what the fluid engine replaces, and a check of it."""

from __future__ import annotations

from collections import deque


def run_plain_list(
    arrivals: list[float],
    capacity: list[float],
    attrition: float,
    opening: list[float],
    retention: list[float],
    opening_starts: float,
) -> tuple[list[float], list[float], list[float]]:
    """Return list, mean wait of starters and caseload by month; people first come, first served."""
    waiting = deque((-1 - age, people) for age, people in reversed(list(enumerate(opening))))
    history = deque([opening_starts] * len(retention), maxlen=len(retention))
    lists, waits, caseloads = [], [], []
    for month, (came, places) in enumerate(zip(arrivals, capacity, strict=True)):
        waiting = deque((arrived, people * (1.0 - attrition)) for arrived, people in waiting)
        waiting.append((month, came))
        started = waited = 0.0
        left = places
        while waiting and left > 0.0:
            arrived, people = waiting.popleft()
            taken = min(people, left)
            left -= taken
            started += taken
            waited += taken * (month - arrived)
            if people > taken:
                waiting.appendleft((arrived, people - taken))
        history.appendleft(started)
        lists.append(sum(people for _, people in waiting))
        waits.append(waited / started if started else float("nan"))
        caseloads.append(sum(starts * share for starts, share in zip(history, retention, strict=True)))
    return lists, waits, caseloads
