"""Our figures beside published ones that are never inputs."""

from __future__ import annotations

from dataclasses import dataclass

from costmodel.errors import ParameterError
from costmodel.inputs.resolution import cited
from costmodel.inputs.specification import ModelSpec
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
    price_year
        In whose prices a published cost is taken to be; None where it is no money.
    index_factor
        What brings it to the run's prices; None where it is no money, or no index reaches its year.
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
    price_year: str | None
    index_factor: float | None
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
    """A figure of hub_figures, our outcome, why they may differ, whether it is one Hub's, and its prices."""

    figure: str
    outcome: str
    why_different: str
    per_hub: bool = False
    price_year: str | None = None


_PAIRS = (
    _Pair(
        "hub_running_cost",
        "total_hub_cost",
        "no test of the base case, whose illustrative staffing was chosen with it in view; the number of "
        "Hubs behind it is not stated",
        per_hub=True,
        price_year="2022/23",
    ),
    _Pair(
        "budget_per_hub",
        "total_hub_cost",
        "a national budget over 40 Hubs, not what one Hub spent",
        per_hub=True,
        price_year="2021/22",
    ),
    _Pair(
        "ncc_hub_contact_cost",
        "cost_per_hub_contact",
        "whether staff Hubs only is not stated; ours charges team sessions, outreach and unused hours to "
        "individual contacts",
        price_year="2024/25",
    ),
    _Pair(
        "ncc_hub_contact_cost",
        "activity_cost_per_hub_contact",
        "ours holds only the activities that clients' contacts explain",
        price_year="2024/25",
    ),
    _Pair(
        "lsc_individuals_per_year",
        "n_registered",
        "no test of the base case, whose mean is this press figure",
        per_hub=True,
    ),
    _Pair(
        "clients_screened_per_hub",
        "n_screened",
        "over the evaluation's whole period, not a year",
        per_hub=True,
    ),
    _Pair(
        "contacts_per_hub_year",
        "n_registered",
        "contacts or people is unclear in the source",
        per_hub=True,
    ),
    _Pair(
        "hub_contact_cost_per_participant",
        "activity_cost_per_registered",
        "clients' own report over 5 to 8 months at unit costs of no stated year, taken as that of the £213; "
        "ours is a year's staff time",
        price_year="2021/22",
    ),
    _Pair(
        "absorbed_cost_per_individual",
        "cost_per_registered",
        "one running cost over two activity figures; ours is a mean over an uncertain number of clients, "
        "above the cost at their mean number",
        price_year="2022/23",
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
        price_year=pair.price_year,
        index_factor=prices_factor(simulation.spec, pair.price_year),
        period=figure.period,
        source=cited(tables, figure.source),
        outcome=pair.outcome,
        ours_label=ours.label + (", average Hub" if divisor > 1 else ""),
        ours=each(ours.mean),
        lower_95=each(ours.lower_95),
        upper_95=each(ours.upper_95),
        why_different=pair.why_different,
    )


def prices_factor(spec: ModelSpec, price_year: str | None) -> float | None:
    """Return what brings health services' prices of a year to the run's; None where no index reaches it."""
    if price_year is None:
        return None
    try:
        return spec.index_factor("health_services", price_year)
    except ParameterError:
        return None
