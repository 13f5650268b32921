"""The waiting list written twice, in another way and sharing nothing, is the same list in every outcome."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.waiting import N_HUBS, difference, lists
from costmodel.model.waiting_list import start_rate
from costmodel.model.waiting_types import ListInputs

CLASSES = np.array([0.2, 0.3, 0.5])


def attrition_of(share: float) -> np.ndarray:
    return np.full((4, N_HUBS), share)


def average_leave() -> np.ndarray:
    return start_rate(lists(4)) * (1.0 + 0.2 * np.cos(np.arange(60)))


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param(lists(4), id="one class"),
        pytest.param(replace(lists(4), class_shares=CLASSES), id="three classes"),
        pytest.param(replace(lists(4), starts_at_average_leave=average_leave()), id="leave by season"),
        pytest.param(
            replace(lists(4), starts_at_average_leave=average_leave(), class_shares=CLASSES),
            id="leave by season, three classes",
        ),
        pytest.param(replace(lists(4), greedy=True), id="greedy"),
        pytest.param(replace(lists(4), greedy=True, class_shares=CLASSES), id="greedy, three classes"),
        pytest.param(replace(lists(4), attrition=attrition_of(0.0)), id="nobody leaves"),
        pytest.param(replace(lists(4), attrition=attrition_of(1.0)), id="everybody leaves"),
        pytest.param(replace(lists(4), attrition=attrition_of(1.0 - 1e-9)), id="almost everybody leaves"),
        pytest.param(replace(lists(4), attrition=attrition_of(1e-12)), id="almost nobody leaves"),
        pytest.param(replace(lists(4), targets=np.array([0.0, 0.5, 2.0, 80.0])), id="other targets"),
        pytest.param(
            replace(lists(4), session_capacity=lists(4).session_capacity * (np.arange(60) % 7 > 2)),
            id="months without staff",
        ),
    ],
)
def test_the_plain_list_is_the_fluid_engine(inputs: ListInputs) -> None:
    assert difference(inputs) < 1e-9
