"""A run through time for the toy service: steady arrivals, nobody waiting, no limits but hours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from costmodel.model.pathway import registered_a_year
from costmodel.model.time_inputs import TimeInputs
from costmodel.model.types import ModelInputs

N_QUEUES = 6


def toy_time(inputs: ModelInputs, n_steps: int = 12, **changes: Any) -> TimeInputs:
    """Return months of the toy service, with some fields replaced."""
    registered = registered_a_year(inputs.pathway)
    n_draws, n_hubs = registered.shape
    steady = TimeInputs(
        steps_per_year=12,
        arrivals=np.repeat(registered[..., None] / 12.0, n_steps, axis=2),
        staff_multiplier=np.ones((1, n_steps)),
        productive=np.ones((1, 1)),
        new_starter_output=np.ones(1),
        awaiting=np.zeros((1, n_hubs, N_QUEUES)),
        awaiting_attrition=np.zeros((1, 1)) * np.ones((1, n_hubs)),
        attrition=np.full((1, n_hubs), 0.02),
        opening_list=np.zeros((n_draws, n_hubs)),
        opening_ages=np.zeros((1, n_hubs, 1)),
        opening_caseload=np.full((1, n_hubs), np.nan),
        retention=np.array([1.0, 0.8, 0.4]),
        class_shares=np.ones(1),
        targets=np.array([1.38, 4.14]),
        caseload_per_wte=np.full((1, 1), np.inf),
        supervised_per_wte=np.full((1, 1), np.inf),
        supervising_pool=0,
        room_sessions=np.full((1, n_hubs), np.inf),
    )
    return replace(steady, **changes)


def through_time(inputs: ModelInputs, n_steps: int = 12, **changes: Any) -> ModelInputs:
    """Return the toy service with a run through time."""
    return replace(inputs, time=toy_time(inputs, n_steps, **changes))
