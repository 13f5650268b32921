from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from costmodel.model.balance import ModelCheckError
from costmodel.model.checks import check_books, valid_draws
from costmodel.model.evaluate import evaluate
from costmodel.model.outcomes import Outcomes
from costmodel.model.types import Component, Perspective, Volume
from tests.model.toy import toy_inputs


@pytest.fixture(scope="module")
def honest() -> Outcomes:
    return evaluate(toy_inputs()).outcomes


def cooked(results: Outcomes, field: str, where: tuple[int, ...], by: float) -> Outcomes:
    values = getattr(results, field).copy()
    values[where] += by
    return replace(results, **{field: values})


def test_honest_books_balance(honest: Outcomes) -> None:
    check_books(honest)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("activity_cost", "the activities, unused capacity and the rest do not add up to the Hub's cost"),
        ("component_cost", "the cost components do not add up to the Hub's cost"),
        ("payer_cost", "the payers do not add up to the Hub's cost"),
        ("behaviour_cost", "the cost behaviours do not add up to the Hub's cost"),
        ("bridge", "the steps of the reconciliation bridge do not add up to the Hub's cost"),
    ],
)
@pytest.mark.parametrize("by", [64.0, -64.0])
def test_a_split_that_does_not_add_up_is_named(honest: Outcomes, field: str, message: str, by: float) -> None:
    with pytest.raises(ModelCheckError, match=f"^{re.escape(message)}: 64 adrift$"):
        check_books(cooked(honest, field, (3, 2, 1), by))


def test_staff_cost_that_goes_astray_between_posts_and_ledger_is_named(honest: Outcomes) -> None:
    message = "the lines of staff time do not add up to the staff bill: 8 adrift"
    with pytest.raises(ModelCheckError, match=f"^{message}$"):
        check_books(cooked(honest, "staff_bill", (1, 3), -8.0))
    to_an_item = cooked(honest, "component_cost", (0, 1, len(Component)), 8.0)
    to_an_item = cooked(to_an_item, "component_cost", (0, 1, Component.QUALIFICATIONS), -8.0)
    with pytest.raises(ModelCheckError, match=f"^{message}$"):
        check_books(to_an_item)


@pytest.mark.parametrize(
    "volume",
    [
        Volume.SIGNPOSTED, Volume.NAVIGATED, Volume.BRIEF_SUPPORT, Volume.THERAPY_DEMAND,
        Volume.NO_FURTHER_SUPPORT, Volume.TRIAGED,
    ],
)  # fmt: skip
def test_people_lost_after_triage_are_missed(honest: Outcomes, volume: Volume) -> None:
    with pytest.raises(ModelCheckError, match=r"^people are lost after triage: 0\.5 adrift$"):
        check_books(cooked(honest, "demand", (4, 1, volume), 0.5))


@pytest.mark.parametrize("volume", [Volume.COMPLETIONS, Volume.DROPOUTS, Volume.THERAPY_STARTS])
def test_people_lost_in_therapy_are_missed(honest: Outcomes, volume: Volume) -> None:
    with pytest.raises(ModelCheckError, match=r"^people are lost in therapy: 0\.25 adrift$"):
        check_books(cooked(honest, "volumes", (0, 2, volume), -0.25))


def test_the_tolerance_is_relative_above_a_pound_and_absolute_below(honest: Outcomes) -> None:
    cost = honest.hub_cost[0, 1, Perspective.NHS_PSS]
    check_books(cooked(honest, "bridge", (0, 1, 0), 0.5e-9 * cost))
    with pytest.raises(ModelCheckError, match="reconciliation bridge"):
        check_books(cooked(honest, "bridge", (0, 1, 0), 2e-9 * cost))
    nothing = replace(
        honest, **{name: np.zeros_like(getattr(honest, name)) for name in honest.__dataclass_fields__}
    )
    check_books(cooked(nothing, "bridge", (0, 1, 0), 0.9e-9))
    with pytest.raises(ModelCheckError, match="reconciliation bridge"):
        check_books(cooked(nothing, "bridge", (0, 1, 0), 1.1e-9))


def test_failed_draws_are_not_a_fault_of_the_books(honest: Outcomes) -> None:
    for broken in (np.nan, np.inf):
        check_books(cooked(honest, "hub_cost", (2, 0, 0), broken))
        check_books(cooked(honest, "bridge", (2, 0, 0), broken))


def test_what_makes_a_draw_invalid(honest: Outcomes) -> None:
    def valid(results: Outcomes) -> list[bool]:
        return valid_draws(results).tolist()

    all_but_third = [True, True, False, True, True]
    assert valid(honest) == [True] * 5
    assert valid(cooked(honest, "hub_cost", (2, 0, Perspective.NHS_PSS), np.nan)) == all_but_third
    assert valid(cooked(honest, "hub_cost", (2, 0, Perspective.NHS_PSS), np.inf)) == all_but_third
    assert valid(cooked(honest, "demand", (2, 3, Volume.NO_FURTHER_SUPPORT), -1e3)) == all_but_third
    assert valid(cooked(honest, "volumes", (2, 2, Volume.REGISTERED), 1e6)) == all_but_third
    assert valid_draws(honest).dtype == np.bool_


def test_the_last_keyworker_may_register(honest: Outcomes) -> None:
    volumes = honest.volumes.copy()
    volumes[:, 1, Volume.REGISTERED] = volumes[:, 1, Volume.ELIGIBLE_WORKFORCE]
    assert_array_equal(valid_draws(replace(honest, volumes=volumes)), [True] * 5)


def test_all_hubs_together_do_not_hide_one_that_is_too_full(honest: Outcomes) -> None:
    volumes = honest.volumes.copy()
    volumes[0, 3, Volume.REGISTERED] = volumes[0, 3, Volume.ELIGIBLE_WORKFORCE] + 1.0
    assert_array_equal(valid_draws(replace(honest, volumes=volumes)), [False, True, True, True, True])


def test_rounding_below_nothing_is_not_a_failed_draw(honest: Outcomes) -> None:
    demand = honest.demand.copy()
    demand[0, 1, Volume.NO_FURTHER_SUPPORT] = -1e-9
    demand[1, 1, Volume.NO_FURTHER_SUPPORT] = -1.1e-9
    assert_array_equal(valid_draws(replace(honest, demand=demand)), [True, False, True, True, True])


def test_shares_that_add_up_to_more_than_one_make_a_failed_draw() -> None:
    signposted = np.full((5, 3), 0.2)
    signposted[1, 2] = 0.9
    results = evaluate(toy_inputs(pathway={"signposted_share": signposted})).outcomes
    assert_array_equal(valid_draws(results), [True, False, True, True, True])
