"""Hubs beside each other, made comparable, in declared order: no league table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.analysis.budget_cash import kind_of
from costmodel.analysis.intervals import CENTRAL_95, mean_and_interval
from costmodel.errors import CostmodelError
from costmodel.gather import Layout, gather
from costmodel.inputs.specification import ModelSpec
from costmodel.model.arrays import ratio, total
from costmodel.model.checks import valid_draws
from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.model.standardisation import (
    costs_by_stratum,
    direct_standardisation,
    price_factor,
    spread_between_clients,
)
from costmodel.model.types import FloatArray, ModelInputs, Perspective, Stage, Volume
from costmodel.runner import DEFAULT_CHUNK_SIZE, Progress, chunks
from costmodel.uncertainty.draws import realise
from costmodel.uncertainty.sampling import Design

PERSPECTIVE: Final = Perspective.NHS_PSS
LIMITS: Final[dict[str, float]] = {"95%": 1.959964, "99.8%": 3.090232}
"""Two-sided limits of a funnel and their normal quantiles."""
_FIGURES: Final = ("clients", "need_therapy", "cost", "case_mix", "prices", "both")


class HubsError(CostmodelError):
    """Hubs that cannot be set beside each other, and why."""


@dataclass(frozen=True)
class Interval:
    """A mean over the draws with its 95 % interval; None where the figure does not apply."""

    mean: float | None
    lower_95: float | None
    upper_95: float | None


@dataclass(frozen=True)
class HubCost:
    """One Hub's cost per registered client.

    Attributes
    ----------
    hub, label
        The Hub.
    clients, need_therapy
        Registered clients a year, and the share whom the Hub should treat, whether it comes to that or not.
    cost, case_mix, prices, both
        As it is; at the pooled case mix; at pooled prices; at both. [GBP/client]
    outside
        For each pair of limits of the funnel, the share of draws in which the cost as it is lies outside;
        None where it does not apply.
    """

    hub: str
    label: str
    clients: Interval
    need_therapy: Interval
    cost: Interval
    case_mix: Interval
    prices: Interval
    both: Interval
    outside: dict[str, float | None]


@dataclass(frozen=True)
class HubsCompared:
    """Hubs beside each other.

    Attributes
    ----------
    scenario, label, perspective, price_year, draws
        What was run, and whose costs and prices these are.
    hubs
        In the order of the scenario, which says nothing of their merit.
    pooled, spread
        Mean cost of a registered client of all Hubs that have any, and its standard deviation between clients
        that courses of therapy alone make. [GBP/client]
    """

    scenario: str
    label: str
    perspective: str
    price_year: str
    draws: int
    hubs: tuple[HubCost, ...]
    pooled: float
    spread: float


def compare_hubs(
    spec: ModelSpec,
    design: Design,
    *,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    progress: Progress | None = None,
) -> HubsCompared:
    """Return each Hub's cost per registered client, standardised for case mix and price, on common draws.

    Raises
    ------
    HubsError
        If the scenario has one Hub only, or nobody registers with any.
    """
    layout = Layout(spec)
    if len(layout.hubs) < 2:
        raise HubsError(
            f"{spec.scenario.name} has one Hub, {layout.hubs[0]}; name a scenario of several "
            "Hubs, such as four_hubs"
        )
    found = np.empty((len(_FIGURES) + 1, len(layout.hubs), design.n))
    pooled = np.empty((2, design.n))
    for start, stop in chunks(design.n, chunk_size):
        inputs = gather(layout, realise(spec.plan, design, start, stop))
        outputs = evaluate(inputs)
        valid = valid_draws(outputs.outcomes)
        values, whole = _values(layout, inputs, outputs)
        found[..., start:stop] = np.where(valid, values, np.nan)
        pooled[:, start:stop] = np.where(valid, whole, np.nan)
        if progress is not None:
            progress(stop - start)
    usable = pooled[:, np.isfinite(pooled).all(axis=0)]
    if not usable.size:
        raise HubsError(
            f"nobody registers with a Hub of {spec.scenario.name}; give pathway.registrations above 0"
        )
    mean, spread = map(float, usable.mean(axis=1))
    return HubsCompared(
        scenario=spec.scenario.name,
        label=spec.scenario.label,
        perspective=PERSPECTIVE.name.lower(),
        price_year=spec.frame.price_year,
        draws=design.n,
        hubs=tuple(
            _hub(hub, spec.hubs[hub].label, found[:, number]) for number, hub in enumerate(layout.hubs)
        ),
        pooled=mean,
        spread=spread,
    )


def _hub(hub: str, label: str, values: FloatArray) -> HubCost:
    intervals = {name: _interval(values[row]) for row, name in enumerate(_FIGURES)}
    distance = values[-1][np.isfinite(values[-1])]
    outside = {
        name: float(np.mean(np.abs(distance) > z)) if distance.size else None for name, z in LIMITS.items()
    }
    return HubCost(hub, label, outside=outside, **intervals)


def _values(layout: Layout, inputs: ModelInputs, outputs: ModelOutputs) -> tuple[FloatArray, FloatArray]:
    """Return figures by Hub with its distance from the pooled mean in standard errors; that mean, the spread.

    Shapes (figure + 1, hub, draw) and (2, draw).
    """
    results = outputs.outcomes
    cost = results.hub_cost[:, 1:, PERSPECTIVE]
    therapy = results.stage_cost[:, 1:, Stage.THERAPY]
    clients = results.volumes[:, 1:, Volume.REGISTERED]
    need = _needing_therapy(outputs)
    share = ratio(total(need, axis=1), total(clients, axis=1))
    strata = costs_by_stratum(cost, therapy, clients, need)
    standard = direct_standardisation(np.stack([share, 1.0 - share], axis=1), strata)
    staff = results.staff_bill[:, 1:]
    factor = ratio(cost - staff + staff / _prices(layout, inputs, outputs), cost)
    own = ratio(cost, clients)
    pooled = ratio(total(np.where(clients > 0.0, cost, 0.0), axis=1), total(clients, axis=1))
    spread = _spread(inputs, outputs, need, share)
    distance = ratio((own - pooled[:, None]) * np.sqrt(clients), spread[:, None])
    figures = [clients, ratio(need, clients), own, standard, own * factor, standard * factor]
    rows, whole = np.stack([*figures, distance]), np.stack([pooled, spread])
    return np.moveaxis(rows, 1, -1), whole


def _needing_therapy(outputs: ModelOutputs) -> FloatArray:
    """Return how many of those who register the Hub should treat. Shape (draw, hub). [people/year].

    Not those who start: they also come from today's waiting list, and staff limit how many they are.
    """
    results = outputs.outcomes
    due, registering = (
        results.demand[:, 1:, volume] for volume in (Volume.THERAPY_DEMAND, Volume.REGISTERED)
    )
    return np.asarray(results.volumes[:, 1:, Volume.REGISTERED] * ratio(due, registering, when_zero=0.0))


def _prices(layout: Layout, inputs: ModelInputs, outputs: ModelOutputs) -> FloatArray:
    """Return how dear each Hub's staff is against the same kinds of staff elsewhere. Shape (draw, hub)."""
    kinds = list(dict.fromkeys(kind_of(entry) for entry in layout.posts))
    wte = outputs.staff.filled_wte
    bill = np.sum(outputs.staff.components * inputs.staff.index_factor, axis=-1)
    shape = (wte.shape[0], len(layout.hubs), len(kinds))
    cost, quantity = np.zeros(shape), np.zeros(shape)
    for number, entry in enumerate(layout.posts):
        share = inputs.staff.hub_share[:, number]
        cost[..., kinds.index(kind_of(entry))] += share * bill[:, number, None]
        quantity[..., kinds.index(kind_of(entry))] += share * wte[:, number, None]
    return price_factor(cost, quantity)


def _spread(inputs: ModelInputs, outputs: ModelOutputs, need: FloatArray, share: FloatArray) -> FloatArray:
    """Return the spread of cost between clients that none, short and whole courses of therapy make."""
    results, pathway = outputs.outcomes, inputs.pathway
    weights = ratio(need, total(need, axis=1)[:, None], when_zero=0.0)
    dropout, short, whole = (
        total(weights * values, axis=1)
        for values in (pathway.dropout_share, pathway.sessions_per_dropout, pathway.sessions_per_completion)
    )
    sessions = results.volumes[:, 0, Volume.ATTENDED_SESSIONS]
    per_session = ratio(results.stage_cost[:, 0, Stage.THERAPY], sessions, when_zero=0.0)
    shares = np.stack([1.0 - share, share * dropout, share * (1.0 - dropout)], axis=1)
    return spread_between_clients(shares, np.stack([np.zeros_like(short), short, whole], axis=1), per_session)


def _interval(values: FloatArray) -> Interval:
    usable = values[np.isfinite(values)]
    enough = usable.size >= values.size / 2
    return Interval(*mean_and_interval(usable if enough else usable[:0], CENTRAL_95))
