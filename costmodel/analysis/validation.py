"""Our figures beside published ones that are never inputs."""

from __future__ import annotations

from dataclasses import dataclass

from costmodel.inputs.resolution import cited
from costmodel.runner import Simulation


@dataclass(frozen=True)
class Check:
    """One published figure and ours.

    Attributes
    ----------
    label, unit
        What is compared.
    published, published_lower, published_upper
        As published, in the prices of its own time.
    ours, lower_95, upper_95
        Mean and 95 % interval of this run.
    why_different
        What keeps the two from being the same quantity.
    """

    figure: str
    label: str
    unit: str
    published: float | None
    published_lower: float | None
    published_upper: float | None
    period: str
    source: str
    outcome: str
    ours_label: str
    ours: float | None
    lower_95: float | None
    upper_95: float | None
    why_different: str


@dataclass(frozen=True)
class _Pair:
    """A figure of hub_figures, our outcome, whether to take it per Hub, and why the two may differ."""

    figure: str
    outcome: str
    per_hub: bool
    why_different: str


_PAIRS = (
    _Pair("hub_running_cost", "total_hub_cost", True, "the number of Hubs behind the figure is not stated"),
    _Pair("budget_per_hub", "total_hub_cost", True, "a national budget over 40 Hubs, not what one Hub spent"),
    _Pair(
        "ncc_hub_contact_cost",
        "cost_per_hub_contact",
        False,
        "whether staff Hubs only is not stated; 2024/25 prices",
    ),
    _Pair(
        "ncc_hub_contact_cost",
        "activity_cost_per_hub_contact",
        False,
        "ours holds only the activities that clients' contacts explain; 2024/25 prices",
    ),
    _Pair(
        "lsc_individuals_per_year", "n_registered", True, "press figure; the base case is calibrated near it"
    ),
    _Pair("clients_screened_per_hub", "n_screened", True, "over the evaluation's whole period, not a year"),
    _Pair("contacts_per_hub_year", "n_registered", True, "contacts or people is unclear in the source"),
    _Pair(
        "hub_contact_cost_per_participant",
        "activity_cost_per_registered",
        False,
        "clients' own report over 5 to 8 months at unit costs of no stated year; ours is a year's staff time",
    ),
    _Pair(
        "absorbed_cost_per_individual",
        "cost_per_registered",
        False,
        "derived from a running cost and two activity figures",
    ),
)


def validation(simulation: Simulation) -> tuple[Check, ...]:
    """Return the published figures that the tables hold and that this run can be set beside.

    The figures are for looking at: nothing of the model reads them.
    """
    n_hubs = len(simulation.spec.hubs)
    figures = simulation.spec.tables.hub_figures
    return tuple(
        _check(simulation, pair, n_hubs if pair.per_hub else 1) for pair in _PAIRS if pair.figure in figures
    )


def _check(simulation: Simulation, pair: _Pair, divisor: int) -> Check:
    tables = simulation.spec.tables
    figure, ours = tables.hub_figures[pair.figure], simulation.outcome(pair.outcome)

    def each(value: float | None) -> float | None:
        return None if value is None else value / divisor

    return Check(
        figure=pair.figure,
        label=figure.label,
        unit=ours.unit,
        published=figure.value,
        published_lower=figure.lower,
        published_upper=figure.upper,
        period=figure.period,
        source=cited(tables, figure.source),
        outcome=pair.outcome,
        ours_label=ours.label + (", average Hub" if divisor > 1 else ""),
        ours=each(ours.mean),
        lower_95=each(ours.lower_95),
        upper_95=each(ours.upper_95),
        why_different=pair.why_different,
    )
