"""The waiting list written twice, by other hands and in another way, is the same list."""

from __future__ import annotations

from benchmarks.waiting import difference, lists


def test_the_plain_list_is_the_fluid_engine() -> None:
    assert difference(lists(4)) < 1e-9
