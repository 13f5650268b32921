"""What a change of service costs whom, year by year: undiscounted cash, real and nominal, draw by draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np

from costmodel.analysis.budget_cash import PERSPECTIVE, Cash, CashModel, Groups, groups
from costmodel.analysis.budget_once import Chances, Once, paid_once
from costmodel.analysis.compare import changed_parameters, require_same_prices
from costmodel.analysis.intervals import CENTRAL_95
from costmodel.analysis.price_path import (
    KINDS,
    PriceBasis,
    begins,
    financial_year,
    months_into_year,
    nominal_factors,
    own_factors,
    price_bases,
    years_from,
)
from costmodel.gather import Layout
from costmodel.inputs.budget_file import BudgetImpactFile
from costmodel.inputs.specification import ModelSpec
from costmodel.labels import PAYER_LABELS
from costmodel.model.budget import budget_impact, share_in_place
from costmodel.model.types import BoolArray, FloatArray, Payer
from costmodel.runner import DEFAULT_CHUNK_SIZE, DrawStore, Progress, chunks, mean_error, require_few_failures
from costmodel.uncertainty.draws import realise
from costmodel.uncertainty.sampling import Design

Prices = Literal["real", "nominal"]
PRICES: Final[tuple[Prices, ...]] = ("real", "nominal")
ALL_YEARS: Final = "all years"
_DISTINCT: Final = {
    "total": "Budget impact",
    "recurrent": "Recurrent cost",
    "set_up": "Setting up and hiring, once",
    "notice": "Staff who work their notice beside new ones, once",
    "redundancy": "Redundancy pay, once",
    "exit": "Other costs of leaving, once",
    "cash_releasing": "Recurrent pay and non-pay, which release cash",
    "not_cash_releasing": "Recurrent overheads, buildings and equipment, which release no cash",
}


@dataclass(frozen=True)
class YearFigure:
    """One amount of one financial year: the plan less the current service.

    Attributes
    ----------
    financial_year
        Such as `2023/24`, or `all years`.
    prices
        `real`, in prices of the run, or `nominal`, in prices of the year.
    name, label
        Of the amount.
    mean, monte_carlo_se, lower_95, upper_95
        Over the draws. [GBP/year], or [GBP] over all years
    probability_more
        Share of draws in which the plan costs more, ties split evenly.
    """

    financial_year: str
    prices: Prices
    name: str
    label: str
    mean: float
    monte_carlo_se: float
    lower_95: float
    upper_95: float
    probability_more: float


@dataclass(frozen=True)
class BudgetImpact:
    """Budget impact of a scenario against the current service.

    Attributes
    ----------
    scenario, against, scenario_label, against_label
        What is planned, and what there is now.
    perspective, price_year
        Of all figures, and of the real ones.
    years
        Financial years.
    decided
        The day of the decision, from which hiring takes its time, such as `2023-04-01`.
    draws, seed
        Joint samples and the seed of their streams.
    figures
        Year by year, the sum of all years last; real before nominal.
    share_in_place
        Mean share of each year's service that is given in the new way.
    prices
        Where every nominal price level comes from.
    """

    scenario: str
    against: str
    scenario_label: str
    against_label: str
    perspective: str
    price_year: str
    years: tuple[str, ...]
    decided: str
    draws: int
    seed: int
    figures: tuple[YearFigure, ...]
    share_in_place: tuple[float, ...]
    prices: tuple[PriceBasis, ...]

    def figure(self, year: str, name: str = "total", prices: Prices = "real") -> YearFigure:
        """Return one figure by financial year, name and prices."""
        wanted = (year, name, prices)
        return next(f for f in self.figures if (f.financial_year, f.name, f.prices) == wanted)


@dataclass(frozen=True)
class _Plan:
    """What is the same in every draw."""

    current: CashModel
    new: CashModel
    years: tuple[str, ...]
    decided: date
    changes: bool
    groups: Groups

    @property
    def file(self) -> BudgetImpactFile:
        return self.new.spec.budget_impact or BudgetImpactFile()

    @property
    def names(self) -> dict[str, str]:
        payers = {f"payer.{p.name.lower()}": f"Paid by {PAYER_LABELS[p]}" for p in Payer}
        return {**_DISTINCT, **payers}


def impact(
    current: ModelSpec,
    new: ModelSpec,
    design: Design,
    n_years: int,
    *,
    seed: int = 0,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    progress: Progress | None = None,
) -> BudgetImpact:
    """Return what a new service costs more than the current one, year by year, on common draws.

    Where the two hold the same, nothing is set up, and every figure is 0.

    Parameters
    ----------
    current, new
        Made with `also=["budget_impact"]`; how the change is brought in is that of the new one.
    design
        How to draw; it serves both.
    n_years
        Financial years, at least 1.
    seed
        Of the design, for the record, and for whether uncertain items come about.
    chunk_size, progress
        As for `simulate`.

    Raises
    ------
    ComparisonError
        If the two are in prices of different years.
    BudgetError
        If a year lies beyond an index and no growth is assumed.
    RunError
        If more than 1 draw in 1,000 of either is impossible.

    References
    ----------
    .. [1] Sullivan SD, et al. (2014). Budget impact analysis - principles of good practice: report of the
       ISPOR 2012 Budget Impact Analysis Good Practice II Task Force. Value in Health 17(1):5-14.
    """
    require_same_prices(current, new)
    plan = _plan(current, new, n_years)
    bases = tuple(price_bases(new, plan.years))
    shape = (len(PRICES), len(plan.names), n_years + 1)
    store = DrawStore(int(np.prod(shape)), design.n)
    in_place, possible = np.empty((design.n, n_years)), np.empty(design.n, np.bool_)
    try:
        for start, stop in chunks(design.n, chunk_size):
            values, in_place[start:stop], possible[start:stop] = _of_draws(plan, design, seed, start, stop)
            store.write(start, values.reshape(-1, stop - start))
            if progress is not None:
                progress(stop - start)
        require_few_failures(possible)
        figures = tuple(_figures(plan, store, design, shape))
    finally:
        store.close()
    return BudgetImpact(
        scenario=new.scenario.name,
        against=current.scenario.name,
        scenario_label=new.scenario.label,
        against_label=current.scenario.label,
        perspective=PERSPECTIVE.name.lower(),
        price_year=new.frame.price_year,
        years=plan.years,
        decided=plan.decided.isoformat(),
        draws=design.n,
        seed=seed,
        figures=figures,
        share_in_place=tuple(map(float, in_place.mean(axis=0))),
        prices=bases,
    )


def _plan(current: ModelSpec, new: ModelSpec, n_years: int) -> _Plan:
    file = new.budget_impact or BudgetImpactFile()
    decided = begins(file.first_year) if file.first_year else new.frame.base_date
    changed = changed_parameters(current, new)
    changes = any(not change.name.startswith("budget_impact.") for change in changed)
    models = CashModel(Layout(current)), CashModel(Layout(new))
    years = years_from(financial_year(decided), n_years)
    return _Plan(*models, years, decided, changes, groups())


def _of_draws(
    plan: _Plan, design: Design, seed: int, start: int, stop: int
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return what some draws come to.

    Returns
    -------
    Every amount as in `_values`, not a number in draws that cannot be used; the share in place, shape
    (draw, year); and which draws can be used, shape (draw,).
    """
    draws = realise(plan.new.spec.plan, design, start, stop)
    apart = list(plan.file.price_paths)
    before = plan.current.cash(realise(plan.current.spec.plan, design, start, stop), apart)
    after = plan.new.cash(draws, apart)
    share = _share(plan, draws, stop - start)
    values = _values(plan, before, after, share, draws, Chances(seed, start, stop))
    possible = before.valid & after.valid
    values[..., ~possible] = np.nan
    return values, share, possible


def _share(plan: _Plan, draws: Mapping[str, FloatArray], n_draws: int) -> FloatArray:
    """Return the share of each year's service that is given in the new way. Shape (draw, year)."""
    n_years = len(plan.years)
    given = [1.0] if plan.file.uptake is None else list(plan.file.uptake.means.values())
    uptake = np.array([given[min(year, len(given) - 1)] for year in range(n_years)])
    lag = draws.get("budget_impact.recruitment.lag", np.zeros(1))
    return share_in_place(uptake, np.broadcast_to(months_into_year(plan.decided) + lag, (n_draws,)))


def _values(
    plan: _Plan,
    before: Cash,
    after: Cash,
    share: FloatArray,
    draws: Mapping[str, FloatArray],
    chances: Chances,
) -> FloatArray:
    """Return every amount, the sum of all years last. Shape (prices, name, year + 1, draw)."""
    recurrent = _recurrent(plan, before.recurrent, after.recurrent, share, draws)
    once = paid_once(plan.new.spec, before, after, share, draws, chances) if plan.changes else None
    found = []
    for prices in PRICES:
        nominal = prices == "nominal"
        pay, non_pay = (
            nominal_factors(plan.new.spec, draws, kind, plan.years)
            if nominal
            else np.ones((1, len(plan.years)))
            for kind in KINDS
        )
        factor = np.where(plan.groups.non_pay, non_pay[..., None], pay[..., None])
        cash = recurrent * factor
        for item in plan.file.price_paths if nominal else ():
            own = own_factors(plan.new.spec, draws, item, plan.years)
            moved = _recurrent(plan, before.items[item], after.items[item], share, draws)
            cash = cash + moved * (own - non_pay)[..., None]
        parts = _in_prices(once, pay, non_pay) if once else [np.zeros((*share.shape, len(Payer)))] * 4
        by_year = _amounts(plan, cash, *parts)
        found.append(np.concatenate([by_year, by_year.sum(axis=1, keepdims=True)], axis=1))
    return np.stack(found)


def _in_prices(once: Once, pay: FloatArray, non_pay: FloatArray) -> list[FloatArray]:
    """Return what is paid once in prices of each year: people follow pay, all else other prices."""
    pairs = (
        (once.set_up, non_pay),
        (once.notice, pay),
        (once.redundancy, pay),
        (once.leaving, non_pay),
    )
    return [amount * factor[..., None] for amount, factor in pairs]


def _recurrent(
    plan: _Plan,
    before: FloatArray,
    after: FloatArray,
    share: FloatArray,
    draws: Mapping[str, FloatArray],
) -> FloatArray:
    """Return recurrent cash, the plan less the current service. Shape (draw, year, group)."""
    growth = draws.get("budget_impact.client_growth", np.zeros(1))
    grown = (1.0 + growth[:, None]) ** np.arange(len(plan.years))
    clients = np.where(plan.groups.follows_clients, grown[..., None], 1.0)
    cost = np.stack([before, after], axis=-1)[:, None]
    # Who does not move costs the same in both mixes, so that only those who move are counted: then a
    # service that replaces itself costs exactly nothing more.
    moved = share[:, :, None, None]
    to, gone = moved * np.array([0.0, 1.0]), moved * np.array([1.0, 0.0])
    return budget_impact(clients, np.ones(1), to, gone, cost)


def _amounts(
    plan: _Plan,
    recurrent: FloatArray,
    set_up: FloatArray,
    notice: FloatArray,
    redundancy: FloatArray,
    leaving: FloatArray,
) -> FloatArray:
    """Return the amounts of `_Plan.names` in one kind of prices. Shape (name, year, draw)."""
    releases, payers = plan.groups.releases_cash, plan.groups.payer
    once = set_up + notice + redundancy + leaving
    by_payer = [recurrent[..., payers == payer].sum(axis=-1) + once[..., payer] for payer in Payer]
    amounts = [
        recurrent.sum(axis=-1) + once.sum(axis=-1),
        recurrent.sum(axis=-1),
        *(part.sum(axis=-1) for part in (set_up, notice, redundancy, leaving)),
        recurrent[..., releases].sum(axis=-1),
        recurrent[..., ~releases].sum(axis=-1),
        *by_payer,
    ]
    return np.stack([amount.T for amount in amounts])


def _figures(
    plan: _Plan, store: DrawStore, design: Design, shape: tuple[int, int, int]
) -> Iterator[YearFigure]:
    names, years = list(plan.names.items()), (*plan.years, ALL_YEARS)
    for row, (prices, name, year) in enumerate(np.ndindex(shape)):
        values = store.read(row)
        usable = values[~np.isnan(values)]
        lower, upper = np.percentile(usable, CENTRAL_95)
        more = float(np.mean(usable > 0) + 0.5 * np.mean(usable == 0))
        error = mean_error(values, design)
        statistics = (float(usable.mean()), error, float(lower), float(upper), more)
        yield YearFigure(years[year], PRICES[prices], *names[name], *statistics)
