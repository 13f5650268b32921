"""The whole product as one function of draws: a year of cost, and the list through time that it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.testing import assert_allclose

from costmodel.gather import Layout, gather
from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.model.through_time import ThroughTime
from costmodel.model.types import FloatArray
from costmodel.model.waiting_types import ListFlows, ListInputs
from costmodel.uncertainty.draws import realise
from costmodel.uncertainty.sampling import MonteCarlo
from tests.scenario_files import shipped_project

SEED = 20_240_912
DRAWS = 25
MONTHS = 18
FLOWS = ("waiting", "starts", "left_list", "completions", "dropouts", "caseload", "sessions")
SHIPPED = ("base_case", "new_surge", "four_hubs")


@dataclass(frozen=True)
class Year:
    """What the product says of one scenario, for every draw."""

    outputs: ModelOutputs
    waiting: ThroughTime
    flows: ListFlows

    @property
    def inputs(self) -> ListInputs:
        return self.waiting.inputs


@cache
def layout_of(scenario: str) -> Layout:
    return Layout(shipped_project().specification(scenario, also=["waiting"]))


def year_of(
    scenario: str,
    changes: Mapping[str, float] | None = None,
    factors: Mapping[str, float] | None = None,
) -> Year:
    """Return a year and its list with some parameters given a value, or times a factor, in every draw."""
    layout = layout_of(scenario)
    draws = dict(realise(layout.spec.plan, MonteCarlo(seed=SEED, n=DRAWS), 0, DRAWS))
    changes, factors = changes or {}, factors or {}
    unknown = (set(changes) | set(factors)) - set(draws)
    assert not unknown, f"no parameters {sorted(unknown)}"
    draws |= {name: np.full(DRAWS, value) for name, value in changes.items()}
    draws |= {name: factor * draws[name] for name, factor in factors.items()}
    outputs = evaluate(gather(layout, draws, months=MONTHS))
    assert outputs.time is not None
    return Year(outputs, outputs.time, outputs.time.flows)


def posts_of(scenario: str) -> list[str]:
    """Return the names of the numbers of staff of every Hub of a scenario."""
    plan = layout_of(scenario).spec.plan
    return [v.name for v in plan.variables if ".posts." in v.name and v.name.endswith(".wte")]


def lists_before(inputs: ListInputs, flows: ListFlows) -> FloatArray:
    """Return the list at the beginning of every step. Shape (draw, hub, step)."""
    opening = inputs.opening_list.sum(axis=2)[..., None]
    return np.concatenate([opening, flows.waiting[..., :-1]], axis=2)


def require_people_conserved(inputs: ListInputs, flows: ListFlows) -> None:
    """Fail unless, in every month of every draw and Hub, people who come are people who go or stay."""
    before = lists_before(inputs, flows)
    assert_allclose(before + inputs.arrivals, flows.left_list + flows.starts + flows.waiting, rtol=1e-9)
    ended = flows.completions + flows.dropouts
    today = inputs.opening_starts * inputs.retention[1:].sum()
    stay = np.concatenate([today[..., None], (flows.caseload - ended)[..., :-1]], axis=2)
    assert_allclose(stay + flows.starts, flows.caseload, rtol=1e-9, atol=1e-9)
    for name in FLOWS:
        assert getattr(flows, name).min() >= 0.0, name
