"""Posts still to be recruited: nothing before their first day, then pay in full and a new starter's work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.draws import in_every_draw
from costmodel.model.evaluate import ModelOutputs, evaluate
from costmodel.model.joiners import joiners_output
from costmodel.model.staffing import staff_costs
from costmodel.model.types import FloatArray, ModelInputs
from tests.model.services import arrays_of, toy_service, with_arrays
from tests.model.single_hub import posts

RAMP = np.array([0.25, 0.5, 1.0])
LATE = 2
"""A post of the toy, one of two of its pool and Hub."""


def service(lag: float, n_steps: int = 12, per_year: int = 12, **changes: Any) -> ModelInputs:
    """Return the toy service with a post that is filled later."""
    inputs = toy_service(5, n_steps, per_year, new_starter_output=RAMP, **changes)
    after = np.zeros_like(inputs.staff.in_post_after)
    after[:, LATE] = lag
    return replace(inputs, staff=replace(inputs.staff, in_post_after=after))


def at_work(inputs: ModelInputs) -> FloatArray:
    """Return the hours at work of the late post's Hub and pool. Shape (draw, step)."""
    time = evaluate(inputs).time
    assert time is not None
    return time.at_work[:, 0, inputs.staff.pool[LATE]]


def without(inputs: ModelInputs) -> ModelInputs:
    wte = inputs.staff.wte.copy()
    wte[:, LATE] = 0.0
    return replace(inputs, staff=replace(inputs.staff, wte=wte))


def test_a_post_in_post_today_is_as_if_nothing_were_said() -> None:
    inputs = toy_service(5, new_starter_output=RAMP)
    plain, at_once = arrays_of(evaluate(inputs)), arrays_of(evaluate(service(0.0)))
    for name, values in plain.items():
        assert_array_equal(at_once[name], values, err_msg=name)


@pytest.mark.parametrize("lag", [12.0, 20.0])
def test_a_post_filled_after_the_year_costs_and_does_nothing_in_it(lag: float) -> None:
    inputs = service(lag)
    late, nobody = evaluate(inputs), evaluate(without(inputs))
    assert not late.staff.components[:, LATE].any() and not late.staff.hours[:, LATE].any()
    assert not late.staff.filled_wte[:, LATE].any()
    assert_allclose(late.outcomes.hub_cost, nobody.outcomes.hub_cost)
    assert_array_equal(at_work(inputs), at_work(without(inputs)))


def test_a_draw_below_nought_is_in_post_today() -> None:
    assert_array_equal(service(-0.4).staff.filled_share, service(0.0).staff.filled_share)
    assert_array_equal(at_work(service(-0.4)), at_work(service(0.0)))


def test_eight_months_in_post_are_paid_as_eight_twelfths() -> None:
    whole = staff_costs(posts([48_000.0, 30_000.0], [1.0, 0.5]))
    late = staff_costs(posts([48_000.0, 30_000.0], [1.0, 0.5], in_post_after=np.array([[4.0, 0.0]])))
    for name in ("components", "hours", "filled_wte"):
        before, after = getattr(whole, name), getattr(late, name)
        assert_allclose(after[:, 0], before[:, 0] * 8.0 / 12.0)
        assert_array_equal(after[:, 1], before[:, 1])


@pytest.mark.parametrize("per_year", [12, 52])
def test_a_step_before_the_first_day_is_without_the_post(per_year: int) -> None:
    inputs = service(4.0, per_year, per_year)
    added = at_work(inputs) - at_work(without(inputs))
    staff = evaluate(inputs).staff
    first = per_year * 4 // 12
    assert_array_equal(added[:, :first], 0.0)
    assert np.all(added[:, -1] > 0.0)
    productive = (0.25 + 0.5 + 6.0) / 8.0
    assert_allclose(added.sum(axis=1), staff.hours[:, LATE] * productive)


def test_a_first_day_within_the_first_step_counts_from_that_day() -> None:
    added = at_work(service(0.5)) - at_work(without(service(0.0)))
    month = evaluate(service(0.0)).staff.hours[:, LATE] / 12.0
    assert_allclose(added[:, 0], month * 0.25 / 2.0)
    assert_allclose(added[:, 1], month * (0.25 + 0.5) / 2.0)


def test_posts_beside_a_late_one_work_as_before() -> None:
    inputs = service(4.0)
    assert_array_equal(at_work(inputs)[:, :4], at_work(without(inputs))[:, :4])
    time, other = evaluate(inputs).time, evaluate(without(inputs)).time
    assert time is not None and other is not None
    pool = inputs.staff.pool[LATE]
    others = [number for number in range(inputs.staff.n_pools) if number != pool]
    assert_array_equal(time.at_work[:, :, others], other.at_work[:, :, others])


def test_caps_count_a_post_from_its_first_day() -> None:
    caps = {"caseload_per_wte": np.full((1, 1), 4.0), "supervised_per_wte": np.full((1, 1), 9.0)}
    unknown = np.full((1, 3), np.nan)
    changes = {**caps, "supervising_pool": 1, "opening_caseload": unknown}
    late, nobody, today = (
        limits(each)
        for each in (service(4.5, **changes), without(service(0.0, **changes)), service(0.0, **changes))
    )
    assert_allclose(late[:, :4], nobody[:, :4])
    assert_allclose(late[:, 4], (nobody[:, 4] + today[:, 4]) / 2.0)
    assert_allclose(late[:, 5:], today[:, 5:])
    assert np.all(nobody[..., 1] < today[..., 1])


def limits(inputs: ModelInputs) -> FloatArray:
    """Return starts by caseload and by supervision of the late post's Hub. Shape (draw, step, limit)."""
    time = evaluate(inputs).time
    assert time is not None
    return time.limits[:, 0, :, -3:-1]


def test_beyond_the_year_a_late_post_goes_on_in_full() -> None:
    inputs = service(13.5, 24)
    added = at_work(inputs) - at_work(without(inputs))
    full = evaluate(service(0.0)).staff.hours[:, LATE] / 12.0
    assert_allclose(added[:, 13:17] / full[:, None], np.tile([0.125, 0.375, 0.75, 1.0], (5, 1)))
    assert_allclose(added[:, 17:] / full[:, None], 1.0)


@pytest.mark.parametrize("lag", [0.3, 4.0, 11.0])
@pytest.mark.parametrize("per_year", [12, 52])
def test_hours_used_and_unused_are_those_paid(lag: float, per_year: int) -> None:
    busy = service(lag, per_year, per_year)
    outputs = evaluate(
        replace(busy, pathway=replace(busy.pathway, registrations=busy.pathway.registrations * 5))
    )
    used = outputs.delivery.hours.sum(axis=(2, 4))
    paid = hours_paid(busy, outputs)
    assert_allclose(used + outputs.delivery.unused_hours, paid, rtol=1e-9)
    assert np.all(outputs.time.at_work.sum(axis=3)[:, 0, busy.staff.pool[LATE]] > 0.0)  # type: ignore[union-attr]


def hours_paid(inputs: ModelInputs, outputs: ModelOutputs) -> FloatArray:
    """Return the hours of every Hub and pool. Shape (draw, hub, pool)."""
    of_hub = outputs.staff.hours[:, :, None] * inputs.staff.hub_share
    pools = [of_hub[:, inputs.staff.pool == pool].sum(axis=1) for pool in range(inputs.staff.n_pools)]
    return np.stack(pools, axis=2)


def test_results_are_the_same_bytes_however_draws_are_chunked() -> None:
    inputs = in_every_draw(service(4.0))
    after = inputs.staff.in_post_after * np.array([1.0, 0.0, 0.5, 2.7, 4.0])[:, None]
    inputs = replace(inputs, staff=replace(inputs.staff, in_post_after=after))
    whole = arrays_of(evaluate(inputs))
    for start, stop in [(0, 1), (1, 2), (1, 5)]:
        part = arrays_of(evaluate(with_arrays(inputs, lambda a, s=start, e=stop: a[s:e])))
        for name, values in whole.items():
            expected = values[start:stop] if values.shape[:1] == (5,) else values
            assert_array_equal(part[name], expected, err_msg=name)


@given(
    lag=st.floats(0.0, 30.0),
    output=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8),
    weeks=st.booleans(),
)
def test_work_keeps_its_sum_whatever_the_length_of_a_step(
    lag: float, output: list[float], weeks: bool
) -> None:
    step = 12.0 / 52.0 if weeks else 1.0
    work = joiners_output(round(24 / step), step, np.array(lag), np.array(output))
    in_post = max(24.0 - lag, 0.0)
    expected = sum(
        share * max(min(in_post, number + 1.0) - number, 0.0) for number, share in enumerate(output)
    ) + output[-1] * max(in_post - len(output), 0.0)
    assert_allclose(work.sum() * step, expected, atol=1e-9)
    assert work.min() >= 0.0 and work.max() <= max(output) + 1e-9
