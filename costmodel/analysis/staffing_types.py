"""The question of the cheapest staffing and its answer, as plain results."""

from __future__ import annotations

from dataclasses import dataclass

from costmodel.inputs.frame import Engine


@dataclass(frozen=True)
class StaffingQuestion:
    """How short the wait is to be, when, and how surely.

    Attributes
    ----------
    max_wait_weeks
        Expected wait of a person referred at the end of the months ahead. [weeks]
    probability
        Share of draws in which every task is covered and the wait is kept.
    months
        Months ahead.
    """

    max_wait_weeks: float
    probability: float = 0.9
    months: int = 12


@dataclass(frozen=True)
class PostChoice:
    """How much of a post to have.

    `whole_people` are full-time; `part` is the one part-time person's WTE, 0 for none. The cost is the base
    case's, National Insurance worked out for each person.
    """

    post: str
    label: str
    wte_now: float
    wte: float
    whole_people: int
    part: float
    cost: float


@dataclass(frozen=True)
class Amount:
    """A yearly sum: base case, and over the draws. [GBP/year]."""

    name: str
    label: str
    base_case: float
    mean: float
    lower_5: float
    upper_95: float


@dataclass(frozen=True)
class Price:
    """What one more unit of a constraint is worth, in words."""

    constraint: str
    value: float
    unit: str
    words: str


@dataclass(frozen=True)
class EqualOutcomes:
    """How far completion may move before cost per completion is the same under both staffings.

    Attributes
    ----------
    completion_now, completion_equal
        Share of starters who complete now, and at which the new staffing costs as much for each completion.
    cost_now, cost_new
        Of the Hub, base case. [GBP/year]
    words
        The assumption and the threshold, for a commissioner.
    """

    completion_now: float
    completion_equal: float
    cost_now: float
    cost_new: float
    words: str


@dataclass(frozen=True)
class Verified:
    """The answer run forward month by month by the fluid engine, on the same draws.

    Attributes
    ----------
    share_met
        Share of draws in which all other work is done and the wait kept.
    wait_median, wait_upper
        At the end, in the middle draw and in the one that 95 in 100 do not exceed; None where the list never
        clears. [weeks]
    """

    share_met: float
    wait_median: float | None
    wait_upper: float | None


@dataclass(frozen=True)
class Chance:
    """What chance does to the answer at the base case.

    Attributes
    ----------
    engine
        That says so.
    wait, wait_without
        Expected wait at the end, and without chance. [weeks]
    waiting_lower, waiting_upper
        Between which the list lies with 90 % probability. [people]
    """

    engine: Engine
    wait: float
    wait_without: float
    waiting_lower: float
    waiting_upper: float


@dataclass(frozen=True)
class HubStaffing:
    """One Hub's answer.

    Attributes
    ----------
    hub
        Id.
    feasible, why_not
        Whether there is an answer; else which constraint stands in the way, and by how much.
    posts, amounts, prices
        What to have, what it costs, and what each constraint is worth in the draw that decides.
    share_met, share_met_now
        Share of draws in which the new and the present staff cover every task and keep the wait.
    above_bound
        By how much, at most, a cheaper answer could cost less. [share of the cost]
    probability_cheaper
        Share of draws in which the new staff cost less than the present.
    outcomes
        The assumption of equal outcomes; None where there is no answer.
    verified, chance
        The answer by the fluid engine; and with chance, if it was asked for.
    """

    hub: str
    feasible: bool
    why_not: str
    posts: tuple[PostChoice, ...]
    amounts: tuple[Amount, ...]
    prices: tuple[Price, ...]
    share_met: float
    share_met_now: float
    above_bound: float
    probability_cheaper: float | None
    outcomes: EqualOutcomes | None
    verified: Verified | None = None
    chance: Chance | None = None

    def amount(self, name: str) -> Amount:
        """Return one sum by name."""
        return next(amount for amount in self.amounts if amount.name == name)


@dataclass(frozen=True)
class StaffingAnalysis:
    """The answer for every Hub of a scenario."""

    scenario: str
    label: str
    question: StaffingQuestion
    draws: int
    seed: int
    price_year: str
    hubs: tuple[HubStaffing, ...]
    warnings: tuple[str, ...]

    def of(self, hub: str) -> HubStaffing:
        """Return one Hub's answer."""
        return next(each for each in self.hubs if each.hub == hub)
