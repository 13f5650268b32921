"""The cheapest posts: against brute force, and always able to do the work."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from costmodel.model.queueing import WaitingError
from costmodel.model.skill_mix import Posts, Requirement, Tasks, cheapest_mix, draws_served, shadow_prices
from costmodel.model.skill_mix_cuts import Cuts
from costmodel.model.skill_mix_enumeration import cheaper_mixes, serving_enough
from costmodel.model.skill_mix_programme import escaped_by_none
from costmodel.model.skill_mix_types import Heads, Programme, people_of

STEP = 0.5


def golden_posts() -> Posts:
    return Posts(
        cost=np.array([[85.0], [55.0], [38.0]]),
        hours=np.ones(3),
        supervision=np.array([0.0, 0.1, 0.2]),
        supervises=np.array([True, False, False]),
        minimum=np.zeros(3),
        maximum=np.array([np.inf, np.inf, 200.0]),
        step=0.0,
        supervision_takes_hours=False,
    )


def golden_tasks() -> Tasks:
    senior = np.array([[True], [False], [False]])
    return Tasks(np.array([[500.0]]), np.ones((3, 1)), np.array([0.24]), senior)


def person_cost(salaries: np.ndarray) -> np.ndarray:
    """Pay, and National Insurance afresh on each person's pay, for posts of a half and a whole."""
    pay = salaries[:, None] * np.array([0.5, 1.0])
    return np.asarray(pay + 0.15 * np.maximum(0.0, pay - 9_100.0))


def half_posts(salaries: list[float], supervision: list[float], most: float) -> Posts:
    n = len(salaries)
    return Posts(
        cost=person_cost(np.array(salaries)),
        hours=np.full(n, 1_500.0),
        supervision=np.array(supervision),
        supervises=np.arange(n) == 0,
        minimum=np.zeros(n),
        maximum=np.full(n, most),
        step=STEP,
    )


def of_draw(posts: Posts, tasks: Tasks, draw: int) -> tuple[Posts, Tasks]:
    """One draw by itself, where hours, supervision or paces vary."""
    alone = replace(
        posts,
        hours=posts.hours[draw] if posts.hours.ndim == 2 else posts.hours,
        supervision=posts.supervision[draw] if posts.supervision.ndim == 2 else posts.supervision,
    )
    paces = tasks.hours_per_need[draw] if tasks.hours_per_need.ndim == 3 else tasks.hours_per_need
    return alone, replace(tasks, need=tasks.need[draw : draw + 1], hours_per_need=paces)


def served_in(
    posts: Posts, tasks: Tasks, wte: np.ndarray, others: tuple[Requirement, ...] = ()
) -> list[bool]:
    """Say in which draws posts do the work and reach the other sums, draw by draw."""
    found = []
    for draw in range(len(tasks.need)):
        there, work = of_draw(posts, tasks, draw)
        sums = [r.coefficients[draw] if r.coefficients.ndim == 2 else r.coefficients for r in others]
        reached = all(c @ wte >= r.required[draw] - 1e-7 for c, r in zip(sums, others, strict=True))
        found.append(reached and can_do(there, work, work.need[0], wte))
    return found


def can_do(posts: Posts, tasks: Tasks, need: np.ndarray, wte: np.ndarray) -> bool:
    """Say whether posts can do the work, by a programme of the test's own."""
    n_kinds, n_tasks = tasks.hours_per_need.shape
    finite = np.isfinite(tasks.hours_per_need)
    rate = np.where(finite, 1.0 / np.where(finite, tasks.hours_per_need, 1.0), 0.0)
    rows, least = [], []
    for kind in range(n_kinds):
        row = np.zeros((n_kinds, n_tasks + 1))
        row[kind] = -1.0
        rows.append(row.ravel())
        least.append(-posts.hours[kind] * wte[kind])
    for task in range(n_tasks):
        for who, share in (
            (np.ones(n_kinds), 1.0),
            (tasks.takes_complex[:, task], tasks.complex_share[task]),
        ):
            row = np.zeros((n_kinds, n_tasks + 1))
            row[:, task] = rate[:, task] * who
            rows.append(row.ravel())
            least.append(share * need[task])
    row = np.zeros((n_kinds, n_tasks + 1))
    row[:, -1] = posts.supervises
    rows.append(row.ravel())
    least.append(float(posts.supervision @ wte))
    return bool(
        linprog(np.zeros(rows[0].size), A_ub=-np.array(rows), b_ub=-np.array(least) + 1e-6).status == 0
    )


def cost_of(posts: Posts, wte: np.ndarray) -> float:
    return float(
        sum(
            int(number) * posts.cost[kind, -1] + (posts.cost[kind, 0] if number % 1 else 0.0)
            for kind, number in enumerate(wte)
        )
    )


def cheapest_of_all(
    posts: Posts,
    tasks: Tasks,
    probability: float,
    others: tuple[Requirement, ...] = (),
    heads: tuple[Heads, ...] = (),
) -> float:
    choices = np.arange(0.0, posts.maximum[0] + STEP, STEP)
    mixes = [np.array(number) for number in product(choices, repeat=posts.supervises.size)]
    for wte in sorted(mixes, key=lambda wte: cost_of(posts, wte)):
        people = np.ceil(wte)  # whole-time people, and one for the rest
        there = all(people[each.counted].sum() >= each.least for each in heads)
        if there and np.mean(served_in(posts, tasks, wte, others)) >= probability - 1e-9:
            return cost_of(posts, wte)
    return np.inf


def two_tasks(need: np.ndarray, slower: float, complex_share: float) -> Tasks:
    return Tasks(
        need=need,
        hours_per_need=np.array([[1.0, 1.0], [slower, np.inf]]),
        complex_share=np.array([complex_share, 0.0]),
        takes_complex=np.array([[True, True], [False, False]]),
    )


def none_or(least: float, most: float) -> st.SearchStrategy[float]:
    """Nothing, or enough of it to be above the rounding of the programmes."""
    return st.just(0.0) | st.floats(least, most)


@settings(max_examples=12)
@given(
    st.lists(st.floats(20_000, 90_000), min_size=2, max_size=2),
    none_or(1.0, 200.0),
    st.floats(1.0, 1.6),
    none_or(0.01, 0.6),
    st.tuples(none_or(10.0, 2_500.0), none_or(10.0, 1_500.0)),
)
def test_one_draw_costs_as_little_as_brute_force_finds(
    salaries: list[float],
    supervision: float,
    slower: float,
    complex_share: float,
    need: tuple[float, float],
) -> None:
    posts = half_posts(salaries, [0.0, supervision], 4.0)
    tasks = two_tasks(np.array([need]), slower, complex_share)
    mix = cheapest_mix(posts, tasks)
    assert mix.cost == pytest.approx(cheapest_of_all(posts, tasks, 1.0), rel=1e-9)
    assert mix.cost == pytest.approx(mix.lower_bound)


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 0.75, 1.0]))
def test_many_draws_cost_as_little_as_brute_force_finds(seed: int, probability: float) -> None:
    need = np.random.default_rng(seed).gamma([[4.0, 2.0]], 400.0, (8, 2))
    posts = half_posts([60_000.0, 30_000.0], [0.0, 80.0], 5.0)
    tasks = two_tasks(need, 1.2, 0.3)
    mix = cheapest_mix(posts, tasks, probability)
    if not mix.feasible:
        assert cheapest_of_all(posts, tasks, probability) == np.inf
        return
    best = cheapest_of_all(posts, tasks, probability)
    assert mix.cost == pytest.approx(best) and mix.lower_bound == pytest.approx(best)
    served = [can_do(posts, tasks, each, mix.wte) for each in need]
    assert np.mean(served) >= probability - 1e-9
    assert served == mix.met.tolist()


def test_shadow_prices_of_the_worked_example() -> None:
    prices = shadow_prices(golden_posts(), golden_tasks())
    assert prices.need.round(9).tolist() == [55.0]  # band 7 does the next hour
    assert prices.complexity.round(9).tolist() == [30.0]  # band 8a in place of band 7
    assert prices.maximum.round(9).tolist() == [0.0, 0.0, 17.0]  # band 5 in place of band 7
    assert prices.supervision == 0.0


def test_a_shadow_price_is_what_one_more_hour_costs() -> None:
    posts, tasks = golden_posts(), golden_tasks()
    more = replace(tasks, need=tasks.need + 1.0)
    dearer = cheapest_mix(posts, more).cost - cheapest_mix(posts, tasks).cost
    prices = shadow_prices(posts, tasks)
    assert dearer == pytest.approx(prices.need[0] + 0.24 * prices.complexity[0])


def any_size(posts: Posts) -> Posts:
    return replace(posts, cost=posts.cost[:, -1:], step=0.0)


def test_an_hour_of_supervision_is_worth_what_an_hour_only_supervisors_can_do_is() -> None:
    posts = any_size(half_posts([60_000.0, 30_000.0], [0.0, 80.0], 9.0))
    tasks = two_tasks(np.array([[3_000.0, 900.0]]), 1.2, 0.1)  # only the first kind may do the second task
    prices = shadow_prices(posts, tasks)
    assert prices.supervision == pytest.approx(prices.need[1])
    assert prices.supervision == pytest.approx(posts.cost[0, 0] / 1_500.0)


def test_prices_of_posts_and_sums_are_what_one_more_costs() -> None:
    posts = any_size(half_posts([60_000.0, 30_000.0], [0.0, 80.0], 9.0))
    posts = replace(posts, minimum=np.array([2.0, 0.0]), maximum=np.array([9.0, 1.0]))
    tasks = two_tasks(np.array([[3_000.0, 900.0]]), 1.2, 0.1)
    caseload = Requirement(np.array([20.0, 20.0]), np.array([80.0]))
    prices = shadow_prices(posts, tasks, 0, (caseload,))
    cost = cheapest_mix(posts, tasks, 1.0, (caseload,)).cost
    more = replace(caseload, required=caseload.required + 1.0)
    assert cheapest_mix(posts, tasks, 1.0, (more,)).cost - cost == pytest.approx(prices.requirements[0])
    roomier = replace(posts, maximum=posts.maximum + np.array([0.0, 0.1]))
    saved = cost - cheapest_mix(roomier, tasks, 1.0, (caseload,)).cost
    assert saved == pytest.approx(0.1 * prices.maximum[1]) and saved > 0.0
    most = replace(posts, minimum=np.array([4.0, 0.0]))
    dearer = replace(most, minimum=np.array([4.1, 0.0]))
    price = shadow_prices(most, tasks, 0, (caseload,)).minimum[0]
    added = (
        cheapest_mix(dearer, tasks, 1.0, (caseload,)).cost - cheapest_mix(most, tasks, 1.0, (caseload,)).cost
    )
    assert added == pytest.approx(0.1 * price) and price > 0.0


def test_what_cannot_be_had_is_said_with_how_much_is_short() -> None:
    posts = replace(half_posts([60_000.0, 30_000.0], [0.0, 0.0], 1.0), maximum=np.array([1.0, 0.0]))
    mix = cheapest_mix(posts, two_tasks(np.array([[1_500.0, 1_500.0]]), 1.2, 0.0))
    assert not mix.feasible
    assert mix.excess.sum() == pytest.approx(1.0)


def test_a_requirement_of_posts_holds() -> None:
    posts = half_posts([60_000.0, 30_000.0], [0.0, 0.0], 9.0)
    caseload = Requirement(np.array([20.0, 20.0]), np.array([90.0]))
    mix = cheapest_mix(posts, two_tasks(np.array([[100.0, 100.0]]), 1.0, 0.0), 1.0, (caseload,))
    assert 20.0 * mix.wte.sum() >= 90.0
    assert mix.wte.tolist() == [0.5, 4.0]


def test_a_post_that_is_not_to_change_stays() -> None:
    posts = half_posts([60_000.0, 30_000.0], [0.0, 0.0], 9.0)
    kept = replace(posts, minimum=np.array([0.33, 0.0]), maximum=np.array([0.33, 9.0]))
    tasks = replace(two_tasks(np.array([[3_000.0, 100.0]]), 1.0, 0.0))
    mix = cheapest_mix(kept, tasks)
    assert mix.wte.tolist() == [0.33, 2.0]
    assert mix.feasible


def test_impossible_questions_are_refused() -> None:
    posts = half_posts([60_000.0, 30_000.0], [0.0, 50.0], 9.0)
    tasks = two_tasks(np.array([[10.0, 10.0]]), 1.0, 0.0)
    nobody = replace(tasks, hours_per_need=np.array([[1.0, np.inf], [1.0, np.inf]]))
    with pytest.raises(WaitingError, match="nobody may do task 2"):
        cheapest_mix(posts, nobody)
    with pytest.raises(WaitingError, match="nobody may supervise"):
        cheapest_mix(replace(posts, supervises=np.zeros(2, dtype=bool)), tasks)
    with pytest.raises(WaitingError, match=r"above 0 and at most 1; got 1\.5"):
        cheapest_mix(posts, tasks, 1.5)
    with pytest.raises(WaitingError, match="at least as much at most"):
        cheapest_mix(replace(posts, minimum=np.array([9.5, 0.0])), tasks)
    with pytest.raises(WaitingError, match="nothing has a price"):
        shadow_prices(replace(posts, maximum=np.zeros(2)), tasks)


@given(st.integers(0, 80), st.sampled_from([0.1, 0.2, 0.25, 0.5, 1.0]))
def test_people_are_whole_and_one_part(steps: int, step: float) -> None:
    whole, part = people_of(steps * step, step)
    assert whole + part * step == pytest.approx(steps * step)
    assert 0 <= part < round(1.0 / step)


def test_the_programme_covers_what_it_should() -> None:
    programme = Programme(golden_posts(), golden_tasks())
    rows, least = programme.covering(0)
    assert rows.shape == (6, 9)  # hours of three kinds, a task, its complex cases, supervision
    assert least.tolist() == [0.0, 0.0, 0.0, 500.0, 120.0, 0.0]


def varied(seed: int, n_draws: int = 8) -> tuple[Posts, Tasks]:
    """Posts and tasks of which need, hours at work, supervision and paces all vary by draw."""
    rng = np.random.default_rng(seed)
    posts = half_posts([60_000.0, 30_000.0], [0.0, 80.0], 5.0)
    hours = posts.hours * rng.uniform(0.8, 1.05, (n_draws, 2))
    posts = replace(posts, hours=hours, supervision=hours * np.array([0.0, 0.05]))
    tasks = two_tasks(rng.gamma([[4.0, 2.0]], 400.0, (n_draws, 2)), 1.2, 0.3)
    paces = tasks.hours_per_need * rng.uniform(0.9, 1.3, (n_draws, 1, 2))
    return posts, replace(tasks, hours_per_need=paces)


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 0.75, 1.0]))
def test_hours_at_work_that_vary_by_draw_are_served_as_brute_force_says(
    seed: int, probability: float
) -> None:
    posts, tasks = varied(seed)
    mix = cheapest_mix(posts, tasks, probability)
    best = cheapest_of_all(posts, tasks, probability)
    if not mix.feasible:
        assert best == np.inf
        return
    assert mix.cost == pytest.approx(best) and mix.lower_bound == pytest.approx(best)
    served = served_in(posts, tasks, mix.wte)
    assert np.mean(served) >= probability - 1e-9
    assert served == mix.met.tolist() == draws_served(posts, tasks, mix.wte).tolist()


def sums_of_posts(seed: int) -> Cuts:
    """Sums that draws ask of two kinds of post; the second may give nothing, or take from the first."""
    rng = np.random.default_rng(seed)
    cuts = Cuts(half_posts([60_000.0, 30_000.0], [0.0, 0.0], 5.0), two_tasks(np.ones((8, 2)), 1.0, 0.0))
    for second in (rng.uniform(0.5, 1.0), 0.0, -0.1):
        gives = np.array([1.0, second]) * rng.uniform(0.7, 1.3, (8, 2))
        cuts.add(gives, rng.gamma(3.0, 0.7, 8))
    return cuts


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 0.75, 1.0]))
def test_posts_that_serve_enough_draws_escape_no_bound_and_pass_the_sieve(
    seed: int, probability: float
) -> None:
    cuts = sums_of_posts(seed)
    mixes = np.array(list(product(np.arange(0.0, 5.5, STEP), repeat=2)))
    reached = [each.coefficients @ mixes.T >= each.required[:, None] for each in cuts.known]
    enough = np.all(reached, axis=0).mean(axis=0) >= probability
    assert serving_enough(cuts, mixes, probability).tolist() == enough.tolist()
    matrix, least = escaped_by_none(cuts, probability)
    assert (mixes[enough] @ matrix.T >= least - 1e-9).all()


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 400_000.0))
def test_exactly_the_cheaper_mixes_that_reach_every_sum_are_listed_cheapest_first(
    seed: int, budget: float
) -> None:
    posts, (matrix, least) = sums_of_posts(seed).posts, escaped_by_none(sums_of_posts(seed), 0.75)
    posts = replace(posts, minimum=np.array([STEP, 0.0]))
    listed = cheaper_mixes(posts, (matrix, least), budget)
    assert listed is not None
    brute = [
        wte
        for wte in product(np.arange(STEP, 5.5, STEP), np.arange(0.0, 5.5, STEP))
        if cost_of(posts, np.array(wte)) < budget - 1e-6 and (matrix @ np.array(wte) >= least - 1e-6).all()
    ]
    assert sorted(map(tuple, listed.tolist())) == sorted(brute)
    prices = [cost_of(posts, wte) for wte in listed]
    assert prices == sorted(prices)


def three_kinds(seed: int, n_draws: int = 16) -> tuple[Posts, Tasks]:
    """Posts and tasks where the first complete answer serves too few draws, and steps end too soon."""
    rng = np.random.default_rng(seed)
    posts = half_posts([64_000.0, 43_000.0, 27_000.0], [0.0, 60.0, 110.0], 3.0)
    hours = posts.hours * rng.uniform(0.75, 1.05, (n_draws, 3))
    posts = replace(posts, hours=hours, supervision=hours * np.array([0.0, 0.04, 0.08]))
    usual = np.array([[1.0, 1.0, 1.0], [1.1, 1.25, 1.05], [np.inf, np.inf, 1.2]])
    paces = usual * rng.uniform(0.85, 1.3, (n_draws, 1, 3))
    need = rng.gamma(4.0, np.array([180.0, 220.0, 260.0]), (n_draws, 3))
    takes_complex = np.array([[True, True, True], [False, True, True], [False, False, False]])
    return posts, Tasks(need, paces, np.array([0.4, 0.2, 0.0]), takes_complex)


@pytest.mark.parametrize(("seed", "probability"), [(6, 0.75), (9, 0.5), (10, 0.5)])
def test_where_steps_end_too_soon_the_answer_is_still_that_of_brute_force(
    seed: int, probability: float
) -> None:
    posts, tasks = three_kinds(seed)
    mix = cheapest_mix(posts, tasks, probability)
    assert np.mean(served_in(posts, tasks, mix.wte)) >= probability
    assert mix.cost == pytest.approx(cheapest_of_all(posts, tasks, probability))
    assert mix.lower_bound == pytest.approx(mix.cost)


def test_the_draws_with_most_hours_at_work_are_those_that_need_be_served() -> None:
    posts = replace(half_posts([60_000.0], [0.0], 9.0), hours=np.array([[1_000.0], [2_000.0]]))
    tasks = Tasks(np.array([[4_000.0], [3_000.0]]), np.ones((1, 1)), np.zeros(1), np.ones((1, 1), dtype=bool))
    mix = cheapest_mix(posts, tasks, 0.5)
    assert mix.wte.tolist() == [1.5] and mix.met.tolist() == [False, True]
    assert mix.lower_bound == pytest.approx(mix.cost)


@settings(max_examples=6)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.75, 1.0]), st.integers(1, 3), st.floats(500.0, 6_000.0))
def test_people_and_hours_that_must_be_there_cost_what_brute_force_says(
    seed: int, probability: float, people: int, open_hours: float
) -> None:
    posts, tasks = varied(seed, 6)
    seniors = Heads(np.array([True, False]), people)
    present = Requirement(posts.hours, np.full(6, open_hours))
    mix = cheapest_mix(posts, tasks, probability, (present,), (seniors,))
    best = cheapest_of_all(posts, tasks, probability, (present,), (seniors,))
    if not mix.feasible:
        assert best == np.inf
        return
    assert mix.cost == pytest.approx(best) and mix.lower_bound == pytest.approx(best)
    assert np.ceil(mix.wte[0]) >= people
    assert np.mean(served_in(posts, tasks, mix.wte, (present,))) >= probability - 1e-9


def test_with_the_same_hours_in_every_draw_nothing_changes() -> None:
    need = np.random.default_rng(5).gamma([[4.0, 2.0]], 400.0, (12, 2))
    posts, tasks = half_posts([60_000.0, 30_000.0], [0.0, 80.0], 9.0), two_tasks(need, 1.2, 0.3)
    spread = replace(
        posts, hours=np.tile(posts.hours, (12, 1)), supervision=np.tile(posts.supervision, (12, 1))
    )
    paces = replace(tasks, hours_per_need=np.tile(tasks.hours_per_need, (12, 1, 1)))
    assert cheapest_mix(spread, paces, 0.75).wte.tolist() == cheapest_mix(posts, tasks, 0.75).wte.tolist()


def test_people_shared_with_others_count_as_people() -> None:
    posts = half_posts([60_000.0, 30_000.0], [0.0, 0.0], 9.0)
    kept = replace(posts, minimum=np.array([0.33, 0.0]), maximum=np.array([0.33, 9.0]))
    everybody = Heads(np.array([True, True]), 3)
    mix = cheapest_mix(kept, two_tasks(np.array([[10.0, 10.0]]), 1.0, 0.0), 1.0, (), (everybody,))
    assert mix.wte.tolist() == [0.33, 1.5]  # the shared person, one whole-time and one part-time


def test_people_who_cannot_be_counted_are_refused() -> None:
    posts, tasks = half_posts([60_000.0, 30_000.0], [0.0, 0.0], 9.0), two_tasks(np.ones((1, 2)), 1.0, 0.0)
    with pytest.raises(WaitingError, match="no post counts as one of them"):
        cheapest_mix(posts, tasks, 1.0, (), (Heads(np.zeros(2, dtype=bool), 1),))
    with pytest.raises(WaitingError, match="only where posts come in steps"):
        cheapest_mix(replace(posts, step=0.0), tasks, 1.0, (), (Heads(np.ones(2, dtype=bool), 1),))
