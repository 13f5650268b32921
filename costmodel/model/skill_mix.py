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

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from costmodel.model.queueing import WaitingError
from costmodel.model.skill_mix_cuts import Cuts, learn
from costmodel.model.skill_mix_types import (
    TOLERANCE,
    Mix,
    Posts,
    Programme,
    Requirement,
    ShadowPrices,
    Tasks,
)
from costmodel.model.types import BoolArray, FloatArray

_PENALTY = 100.0
"""What a post beyond its maximum costs the programme, in costs of the dearest post: the last resort."""
_MOST_ROUNDS = 2_000
_LEVEL_STEPS = 7
_MOST_STEPS_MOVED = 3


_Found = tuple[FloatArray, FloatArray, BoolArray]
"""Posts, what of them is beyond a maximum, and the draws that they serve."""


def threshold_completion(share: float, cheaper_cost: float, dearer_cost: float) -> float:
    """Return the completion share at which a cheaper mix costs as much for each completion as a dearer one.

    p_J* = p_S C_J / C_S, with as many starts under both.

    Examples
    --------
    >>> threshold_completion(0.8, 90_000.0, 100_000.0)
    0.72
    """
    return share * cheaper_cost / dearer_cost


def cheapest_mix(
    posts: Posts, tasks: Tasks, probability: float = 1.0, requirements: tuple[Requirement, ...] = ()
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
    _require_possible(posts, tasks, probability)
    cuts = _first_cuts(posts, tasks, requirements)
    wte, excess, met = _settled(cuts, probability)
    bound = _cost_of(posts, wte - excess)
    low, high = probability, 1.0
    if met.mean() < probability - TOLERANCE:
        best = _settled(cuts, 1.0)
        for _ in range(_LEVEL_STEPS):
            middle = 0.5 * (low + high)
            tried = _settled(cuts, middle)
            enough = tried[2].mean() >= probability - TOLERANCE
            low, high = (low, middle) if enough else (middle, high)
            if enough and _rank(posts, tried) <= _rank(posts, best):
                best = tried
        wte, excess, met = _improved(cuts, best, probability)
    spare = np.where(met, cuts.tightness(wte), -np.inf)
    deciding = int(spare.argmax()) if met.any() else -1
    return Mix(wte, excess, _cost_of(posts, wte - excess), bound, met, deciding)


def draws_served(
    posts: Posts, tasks: Tasks, wte: FloatArray, requirements: tuple[Requirement, ...] = ()
) -> BoolArray:
    """Return the draws in which given posts cover every task. Shape (draw,)."""
    cuts = _first_cuts(posts, tasks, requirements)
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
    need = tasks.need[draw]
    rows, bounds = programme.covering(need)
    extra = np.array([r.coefficients for r in requirements]).reshape(-1, posts.hours.size)
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
    n_tasks, n_kinds = need.size, posts.hours.size
    supervised = n_kinds + 2 * n_tasks
    return ShadowPrices(
        need=duals[n_kinds : n_kinds + n_tasks],
        complexity=duals[n_kinds + n_tasks : supervised],
        supervision=float(duals[supervised]),
        minimum=np.asarray(solved.lower.marginals)[:n_kinds],
        maximum=-np.asarray(solved.upper.marginals)[:n_kinds],
        requirements=duals[supervised + 1 :],
    )


def _first_cuts(posts: Posts, tasks: Tasks, requirements: tuple[Requirement, ...]) -> Cuts:
    cuts = Cuts(posts, tasks, list(requirements))
    present = np.where(posts.supervises, posts.hours, 0.0) - posts.supervision
    cuts.add(present, np.zeros(len(tasks.need)))
    return cuts


def _settled(cuts: Cuts, level: float) -> _Found:
    """Return posts that reach every sum in a share of draws, adding sums until no draw shows another."""
    for _ in range(_MOST_ROUNDS):
        wte, excess = _cheapest(cuts, level)
        if not learn(cuts, wte):
            return wte, excess, cuts.met(wte)
    raise WaitingError("the search for the cheapest posts did not end; use larger steps or fewer draws")


def _improved(cuts: Cuts, found: _Found, probability: float) -> _Found:
    """Return the cheapest posts that can be had from those found by steps fewer here and steps more there."""
    posts = cuts.posts
    if posts.step == 0.0 or (found[1] > TOLERANCE).any():
        return found
    better: _Found | None = found
    while better is not None:
        found = better
        nearby = [found[0] + steps * posts.step for steps in _moves(posts)]
        cost = _cost_of(posts, found[0])
        allowed = [
            (_cost_of(posts, wte), number)
            for number, wte in enumerate(nearby)
            if np.all(wte >= posts.minimum - TOLERANCE) and np.all(wte <= posts.maximum + TOLERANCE)
        ]
        cheaper = (nearby[number] for new, number in sorted(allowed) if new < cost - TOLERANCE)
        tried = (_tried(cuts, wte, probability) for wte in cheaper)
        better = next((each for each in tried if each is not None), None)
    return found


def _tried(cuts: Cuts, wte: FloatArray, probability: float) -> _Found | None:
    """Return posts with the draws that they serve, if those are enough."""
    while cuts.met(wte).mean() >= probability - TOLERANCE:
        if not learn(cuts, wte):
            return wte, np.zeros_like(wte), cuts.met(wte)
    return None


def _moves(posts: Posts) -> FloatArray:
    """Return changes of one kind of post, or of one for another, by up to three steps. Shape (move, kind)."""
    able = np.flatnonzero(~posts.fixed)
    unit = np.eye(posts.hours.size)
    less = [-down * unit[kind] for kind in able for down in range(1, _MOST_STEPS_MOVED + 1)]
    more = [up * unit[kind] for kind in able for up in range(_MOST_STEPS_MOVED + 1)]
    return np.array([fewer + extra for fewer in less for extra in more])


def _cheapest(cuts: Cuts, level: float) -> tuple[FloatArray, FloatArray]:
    """Return the cheapest posts that reach each sum known, by itself, in a share of the draws."""
    posts = cuts.posts
    n_kinds, n_sizes = posts.cost.shape
    n_parts = n_sizes - 1
    sizes = posts.step * np.arange(1, n_sizes)
    # Variables: whole posts, one part post of each size at most, and what is above the maximum.
    wte_of = np.hstack([np.eye(n_kinds), np.kron(np.eye(n_kinds), sizes), np.eye(n_kinds)])
    within = wte_of * np.concatenate([np.ones(n_kinds * n_sizes), np.zeros(n_kinds)])
    one_part = np.hstack(
        [np.zeros((n_kinds, n_kinds)), np.kron(np.eye(n_kinds), np.ones(n_parts)), np.zeros((n_kinds,) * 2)]
    )
    rows = [LinearConstraint(within, posts.minimum, posts.maximum), LinearConstraint(one_part, 0.0, 1.0)]
    if cuts.known:
        matrix = np.array([cut.coefficients for cut in cuts.known]) @ wte_of
        least = [np.quantile(cut.required, level, method="inverted_cdf") for cut in cuts.known]
        scale = np.maximum(np.abs(matrix).max(axis=1), TOLERANCE)
        rows.append(LinearConstraint(matrix / scale[:, None], np.array(least) / scale, np.inf))
    dearest = max(float(posts.cost.max()), TOLERANCE)
    people = np.concatenate([posts.cost[:, -1], posts.cost[:, :-1].ravel()]) / dearest
    cost = np.concatenate([people, _PENALTY + people[:n_kinds]])
    whole_steps = (posts.step > 0.0) & ~posts.fixed
    integrality = np.concatenate([whole_steps, np.repeat(whole_steps, n_parts), np.zeros(n_kinds)])
    for most_excess in (0.0, np.inf):
        upper = [posts.maximum, np.repeat(~posts.fixed, n_parts), np.full(n_kinds, most_excess)]
        solved = milp(
            cost,
            integrality=integrality,
            bounds=Bounds(0.0, np.concatenate(upper)),
            constraints=rows,
            options={"mip_rel_gap": 0.0},
        )
        if solved.x is not None:
            values = np.where(integrality > 0, np.round(solved.x), solved.x)
            return np.asarray(wte_of @ values), values[-n_kinds:]
    raise WaitingError("no posts can cover the tasks, however many: somebody must be able to supervise")


def _cost_of(posts: Posts, wte: FloatArray) -> float:
    """Return the cost of whole people and of one part-time person of each kind."""
    if posts.step == 0.0:
        return float(posts.cost[:, -1] @ wte)
    cost = 0.0
    for kind, number in enumerate(wte):
        whole, part = people_of(float(number), posts.step)
        if posts.fixed[kind]:
            cost += float(posts.cost[kind, -1]) * float(number)
            continue
        cost += whole * float(posts.cost[kind, -1])
        cost += float(posts.cost[kind, part - 1]) if part else 0.0
    return cost


def people_of(wte: float, step: float) -> tuple[int, int]:
    """Return the whole-time people of a number of WTE, and the steps of the one part-time person.

    Examples
    --------
    >>> people_of(2.3, 0.1)
    (2, 3)
    """
    steps = round(wte / step)
    return divmod(steps, round(1.0 / step))


def _rank(posts: Posts, found: _Found) -> tuple[float, float]:
    wte, excess, _ = found
    return round(float(excess.sum()), 6), _cost_of(posts, wte - excess)


def _require_possible(posts: Posts, tasks: Tasks, probability: float) -> None:
    if not 0.0 < probability <= 1.0:
        raise WaitingError(f"the probability must be above 0 and at most 1; got {probability:g}")
    if np.any(posts.minimum > posts.maximum):
        raise WaitingError("a post must have at least as much at most as it has at least")
    needed = tasks.need.max(axis=0) > 0.0
    nobody = needed & ~np.isfinite(tasks.hours_per_need).any(axis=0)
    able = np.isfinite(tasks.hours_per_need) & tasks.takes_complex
    nobody |= needed & (tasks.complex_share > 0.0) & ~able.any(axis=0)
    if nobody.any():
        raise WaitingError(f"nobody may do task {int(np.flatnonzero(nobody)[0]) + 1}, or its complex cases")
    if not posts.supervises.any() and np.any(posts.supervision > 0.0):
        raise WaitingError("posts need supervision and nobody may supervise")
