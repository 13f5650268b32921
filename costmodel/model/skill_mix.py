"""The cheapest posts that cover every task: who may do what, supervision, complex cases, whole or part posts.

Who does what is free in every draw; how many of each post there are is one decision for all of them. So the
programme chooses posts alone, and learns from the draws, cut by cut, what the posts must be able to do: a
draw that posts cannot serve gives, by the duals of its shortfall, a sum of hours that any posts need for it
(Benders' decomposition). A cut must hold in the share of draws asked for, which no posts that serve that
share can escape; so the first complete answer is a lower bound of the cost, and the cheapest if it serves
enough draws.

References
----------
.. [1] Benders JF (1962). Partitioning procedures for solving mixed-variables programming problems. Numerische
   Mathematik 4: 238-252.
.. [2] Huangfu Q, Hall JAJ (2018). Parallelizing the dual revised simplex method. Mathematical Programming
   Computation 10: 119-142 (HiGHS, the solver behind `scipy.optimize.milp`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog

from costmodel.model.queueing import WaitingError
from costmodel.model.skill_mix_cuts import Cuts, learn, short_of
from costmodel.model.skill_mix_enumeration import cheaper_mixes, serving_enough
from costmodel.model.skill_mix_programme import Sums, cheapest_people, cost_of, escaped_by_none
from costmodel.model.skill_mix_types import (
    TOLERANCE,
    Heads,
    Mix,
    Posts,
    Programme,
    Requirement,
    ShadowPrices,
    Tasks,
)
from costmodel.model.types import BoolArray, FloatArray

_MOST_ROUNDS = 2_000
_RANKINGS = 3
_MOST_STEPS_MOVED = 3


_Found = tuple[FloatArray, FloatArray, BoolArray]
"""Posts, what of them is beyond a maximum, and the draws that they serve."""


def cheapest_mix(
    posts: Posts,
    tasks: Tasks,
    probability: float = 1.0,
    requirements: tuple[Requirement, ...] = (),
    heads: tuple[Heads, ...] = (),
) -> Mix:
    """Return the cheapest posts that cover every task in a share of the draws.

    Parameters
    ----------
    posts, tasks
        What can be had and what is to be done.
    probability
        Share of draws to serve, above 0. [share]
    requirements
        Further sums of posts that are part of serving a draw.
    heads
        People who must be there in every draw.

    Raises
    ------
    WaitingError
        If nobody may do a task, or nobody may supervise where supervision is needed.

    Examples
    --------
    Bands 8a, 7 and 5: 500 hours, 120 of them complex, supervision by 8a, and at most 200 hours of band 5.

    >>> posts = Posts(
    ...     cost=np.array([[85.0], [55.0], [38.0]]), hours=np.ones(3), supervision=np.array([0.0, 0.1, 0.2]),
    ...     supervises=np.array([True, False, False]), minimum=np.zeros(3),
    ...     maximum=np.array([np.inf, np.inf, 200.0]), step=0.0, supervision_takes_hours=False)
    >>> tasks = Tasks(need=np.array([[500.0]]), hours_per_need=np.ones((3, 1)),
    ...     complex_share=np.array([0.24]), takes_complex=np.array([[True], [False], [False]]))
    >>> mix = cheapest_mix(posts, tasks)
    >>> mix.wte.round(6), round(mix.cost, 6)
    (array([120., 180., 200.]), 27700.0)
    """
    _require_possible(posts, tasks, probability, heads)
    search = Search(first_cuts(posts, tasks, requirements), heads)
    bound, excess, met = search.least(probability)
    least_cost = cost_of(posts, bound - excess)
    found = bound, excess, met
    if met.mean() < probability - TOLERANCE:
        found, none_cheaper = search.enough(bound, probability)
        if none_cheaper:
            least_cost = cost_of(posts, found[0] - found[1])
    wte, excess, met = found
    spare = np.where(met, search.cuts.tightness(wte), -np.inf)
    deciding = int(spare.argmax()) if met.any() else -1
    return Mix(wte, excess, cost_of(posts, wte - excess), least_cost, met, deciding)


def draws_served(
    posts: Posts, tasks: Tasks, wte: FloatArray, requirements: tuple[Requirement, ...] = ()
) -> BoolArray:
    """Return the draws in which given posts cover every task. Shape (draw,).

    Parameters
    ----------
    posts, tasks
        What they can do and what is to be done.
    wte
        Of each kind of post. Shape (kind,). [WTE]
    requirements
        Further sums of posts that are part of serving a draw.
    """
    cuts = first_cuts(posts, tasks, requirements)
    while learn(cuts, wte):
        pass
    return cuts.met(wte)


def shadow_prices(
    posts: Posts, tasks: Tasks, draw: int = 0, requirements: tuple[Requirement, ...] = ()
) -> ShadowPrices:
    """Return what each constraint is worth in one draw, by the duals of the relaxed programme.

    Posts may then be of any size, each costing its part of a whole post.

    Raises
    ------
    WaitingError
        If the posts that may be had cannot serve the draw.
    """
    programme = Programme(posts, tasks)
    n_tasks, n_kinds = tasks.need.shape[1], posts.supervises.size
    rows, bounds = programme.covering(draw)
    own = [r.coefficients[draw] if r.coefficients.ndim == 2 else r.coefficients for r in requirements]
    extra = np.array(own).reshape(-1, n_kinds)
    of_requirements = np.hstack([extra, np.zeros((len(extra), programme.n_free))])
    matrix = np.vstack([rows, of_requirements])
    least = np.concatenate([bounds, [r.required[draw] for r in requirements]])
    solved = linprog(
        np.concatenate([posts.cost[:, -1], np.zeros(programme.n_free)]),
        A_ub=-matrix,
        b_ub=-least,
        bounds=[*zip(posts.minimum, posts.maximum, strict=True), *[(0.0, None)] * programme.n_free],
    )
    if solved.status != 0:
        raise WaitingError("the posts that may be had cannot serve this draw, so nothing has a price in it")
    duals = -np.asarray(solved.ineqlin.marginals)
    supervised = n_kinds + 2 * n_tasks
    return ShadowPrices(
        need=duals[n_kinds : n_kinds + n_tasks],
        complexity=duals[n_kinds + n_tasks : supervised],
        supervision=float(duals[supervised]),
        minimum=np.asarray(solved.lower.marginals)[:n_kinds],
        maximum=-np.asarray(solved.upper.marginals)[:n_kinds],
        requirements=duals[supervised + 1 :],
    )


def first_cuts(posts: Posts, tasks: Tasks, requirements: tuple[Requirement, ...]) -> Cuts:
    """Return what posts must reach before any draw is looked at: requirements, and enough supervisors."""
    cuts = Cuts(posts, tasks, list(requirements))
    present = posts.supervises * posts.hours - posts.supervision
    cuts.add(present, np.zeros(len(tasks.need)))
    return cuts


@dataclass
class Search:
    """Posts that serve draws, and what the draws have shown so far.

    Attributes
    ----------
    cuts
        Sums that posts must reach.
    heads
        People who must be there.
    most_excess
        By how much each kind of post may go beyond its maximum where nothing else helps. Shape (kind,).
    """

    cuts: Cuts
    heads: tuple[Heads, ...] = ()
    most_excess: FloatArray = field(default_factory=lambda: np.array(np.inf))

    def least(self, level: float) -> _Found:
        """Return the cheapest posts that escape no sum; none that serve so many draws cost less."""
        for _ in range(_MOST_ROUNDS):
            wte, excess = self._cheapest(escaped_by_none(self.cuts, level))
            if not learn(self.cuts, wte):
                return wte, excess, self.cuts.met(wte)
        raise _endless()

    def enough(self, wte: FloatArray, probability: float) -> tuple[_Found, bool]:
        """Return cheap posts that serve a share of draws, and whether none cost less."""
        best = self.serving(self.easiest(wte, probability), wte)
        for _ in range(_RANKINGS if probability < 1.0 else 0):
            tried = self.serving(self.easiest(best[0], probability), best[0])
            if self._rank(tried) >= self._rank(best):
                break
            best = tried
        return self._cheapest_of_all(self._improved(best, probability), probability)

    def easiest(self, wte: FloatArray, probability: float) -> BoolArray:
        """Return the draws that posts come nearest to serving, as many as are asked for. Shape (draw,)."""
        n_draws = len(self.cuts.tasks.need)
        order = np.argsort(self.cuts.tightness(wte), kind="stable")
        easiest = np.zeros(n_draws, dtype=bool)
        easiest[order[: int(np.ceil(probability * n_draws - TOLERANCE))]] = True
        return easiest

    def serving(self, draws: BoolArray, wte: FloatArray) -> _Found:
        """Return the cheapest posts that serve given draws."""
        chosen = self._hardest(draws, wte, [])
        for _ in range(_MOST_ROUNDS):
            wte, excess = self._cheapest(self._rows(chosen))
            harder = self._hardest(draws, wte, chosen)
            chosen += harder
            if not harder and not learn(self.cuts, wte, draws):
                while learn(self.cuts, wte):
                    pass
                return wte, excess, self.cuts.met(wte)
        raise _endless()

    def _hardest(
        self, draws: BoolArray, wte: FloatArray, chosen: Sequence[tuple[int, int]]
    ) -> list[tuple[int, int]]:
        """Return each sum that posts miss with the draw in which they miss it most, but those chosen."""
        found = []
        for number, cut in enumerate(self.cuts.known):
            short = np.where(draws, short_of(cut, wte), -np.inf)
            draw = int(short.argmax())
            if short[draw] > 0.0 and (number, draw) not in chosen:
                found.append((number, draw))
        return found

    def _rows(self, chosen: Sequence[tuple[int, int]]) -> Sums:
        n_draws, n_kinds = len(self.cuts.tasks.need), self.cuts.posts.supervises.size
        rows, least = np.zeros((len(chosen), n_kinds)), np.zeros(len(chosen))
        for place, (number, draw) in enumerate(chosen):
            cut = self.cuts.known[number]
            rows[place] = np.broadcast_to(cut.coefficients, (n_draws, n_kinds))[draw]
            least[place] = cut.required[draw]
        return rows, least

    def _cheapest(self, sums: Sums) -> tuple[FloatArray, FloatArray]:
        posts = self.cuts.posts
        most = np.broadcast_to(self.most_excess, posts.supervises.shape)
        found = cheapest_people(posts, sums, self.heads, np.zeros(posts.supervises.size))
        if found is None:
            found = cheapest_people(posts, sums, self.heads, most)
        if found is None:
            raise WaitingError(
                "no posts can cover the tasks, however many: somebody must be able to supervise"
            )
        return found

    def _improved(self, found: _Found, probability: float) -> _Found:
        """Return the cheapest posts that can be had from those found by steps fewer here and more there."""
        posts = self.cuts.posts
        if posts.step == 0.0 or (found[1] > TOLERANCE).any():
            return found
        better: _Found | None = found
        while better is not None:
            found = better
            nearby = [found[0] + steps * posts.step for steps in _moves(posts)]
            cost = cost_of(posts, found[0])
            allowed = [
                (cost_of(posts, wte), number)
                for number, wte in enumerate(nearby)
                if np.all(wte >= posts.minimum - TOLERANCE) and np.all(wte <= posts.maximum + TOLERANCE)
            ]
            cheaper = (nearby[number] for new, number in sorted(allowed) if new < cost - TOLERANCE)
            tried = (self._tried(wte, probability) for wte in cheaper)
            better = next((each for each in tried if each is not None), None)
        return found

    def _cheapest_of_all(self, found: _Found, probability: float) -> tuple[_Found, bool]:
        """Return the cheapest posts of all where they can be looked at one by one, and whether they were."""
        posts, none_cheaper = self.cuts.posts, probability == 1.0
        if none_cheaper or posts.step == 0.0 or (found[1] > TOLERANCE).any():
            return found, none_cheaper
        mixes = cheaper_mixes(posts, escaped_by_none(self.cuts, probability), cost_of(posts, found[0]))
        while mixes is not None and len(mixes):
            mixes = mixes[serving_enough(self.cuts, mixes, probability)]
            for place, wte in enumerate(mixes):
                known = len(self.cuts.known)
                tried = self._tried(wte, probability)
                if tried is not None:
                    return tried, True
                if len(self.cuts.known) > known:  # what was learnt rules out others too
                    mixes = mixes[place + 1 :]
                    break
            else:
                break
        return found, mixes is not None

    def _tried(self, wte: FloatArray, probability: float) -> _Found | None:
        """Return posts with the draws that they serve, if those are enough."""
        if not all(each.met(self.cuts.posts, wte) for each in self.heads):
            return None
        while self.cuts.met(wte).mean() >= probability - TOLERANCE:
            if not learn(self.cuts, wte):
                return wte, np.zeros_like(wte), self.cuts.met(wte)
        return None

    def _rank(self, found: _Found) -> tuple[float, float]:
        wte, excess, _ = found
        return round(float(excess.sum()), 6), cost_of(self.cuts.posts, wte - excess)


def _moves(posts: Posts) -> FloatArray:
    """Return changes of one kind of post, or of one for another, by up to three steps. Shape (move, kind)."""
    able = np.flatnonzero(~posts.fixed)
    unit = np.eye(posts.supervises.size)
    less = [-down * unit[kind] for kind in able for down in range(1, _MOST_STEPS_MOVED + 1)]
    more = [up * unit[kind] for kind in able for up in range(_MOST_STEPS_MOVED + 1)]
    return np.array([fewer + extra for fewer in less for extra in more])


def _endless() -> WaitingError:
    return WaitingError("the search for the cheapest posts did not end; use larger steps or fewer draws")


def _require_possible(posts: Posts, tasks: Tasks, probability: float, heads: Sequence[Heads]) -> None:
    if not 0.0 < probability <= 1.0:
        raise WaitingError(f"the probability must be above 0 and at most 1; got {probability:g}")
    if np.any(posts.minimum > posts.maximum):
        raise WaitingError("a post must have at least as much at most as it has at least")
    needed = tasks.need.max(axis=0) > 0.0
    nobody = needed & ~tasks.allowed.any(axis=0)
    nobody |= needed & (tasks.complex_share > 0.0) & ~(tasks.allowed & tasks.takes_complex).any(axis=0)
    if nobody.any():
        raise WaitingError(f"nobody may do task {int(np.flatnonzero(nobody)[0]) + 1}, or its complex cases")
    if not posts.supervises.any() and np.any(posts.supervision > 0.0):
        raise WaitingError("posts need supervision and nobody may supervise")
    if any(each.least > 0 and not each.counted.any() for each in heads):
        raise WaitingError("people must be there and no post counts as one of them")
    if heads and posts.step == 0.0:
        raise WaitingError("people can be counted only where posts come in steps")
