from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from costmodel.model.evaluate import evaluate
from costmodel.model.service_use import refuse_hub_contacts, service_use, total_cost_per_client
from costmodel.model.types import ServiceUseInputs
from tests.model.toy import toy_inputs, toy_service_use

MESSAGE = (
    "clients' reported use includes Hub contacts, which the micro-costed Hub cost already holds; "
    "adding them counts each Hub contact twice. Use the figure that excludes Hub contacts"
)


def three_services(*, calibrated: bool) -> ServiceUseInputs:
    return ServiceUseInputs(
        contacts=np.array([[2.0, 1.0, 3.0], [4.0, 1.0, 3.0]]),
        unit_cost=np.array([[50.0, 20.0, 100.0], [50.0, 20.0, 100.0]]),
        published_mean=np.array([[240.0], [330.0]]),
        calibrated=calibrated,
        index_factor=np.array([1.1, 1.2, 1.3]),
        is_hub=np.array([False, False, True]),
        is_mental_health=np.array([True, False, True]),
        payer=np.array([1, 3, 0]),
    )


def test_calibration_scales_contacts_that_are_not_the_hubs_to_the_published_mean() -> None:
    use = service_use(three_services(calibrated=True))
    assert_allclose(use.calibration_factor, [2.0, 1.5], rtol=1e-15)
    assert_allclose(use.contacts, [[4.0, 2.0, 3.0], [6.0, 1.5, 3.0]], rtol=1e-15)


def test_calibrated_cost_is_the_published_mean_before_uprating() -> None:
    inputs = toy_service_use()
    use = service_use(replace(inputs, index_factor=np.ones(9)))
    excluding_hub = (use.contacts * use.unit_cost)[:, ~inputs.is_hub].sum(axis=1)
    assert_allclose(excluding_hub, inputs.published_mean[:, 0], rtol=1e-13)


def test_without_calibration_contacts_are_as_listed() -> None:
    use = service_use(three_services(calibrated=False))
    assert_array_equal(use.contacts, three_services(calibrated=False).contacts)
    assert_array_equal(use.calibration_factor, [1.0, 1.0])


def test_unit_costs_are_uprated_each_by_its_own_index() -> None:
    use = service_use(three_services(calibrated=True))
    assert_allclose(use.unit_cost, [[55.0, 24.0, 130.0]] * 2, rtol=1e-15)


def test_nothing_listed_cannot_be_calibrated() -> None:
    inputs = replace(three_services(calibrated=True), contacts=np.zeros((2, 3)))
    assert_array_equal(service_use(inputs).calibration_factor, [np.nan, np.nan])


def test_total_per_client_adds_hub_and_other_use() -> None:
    total = total_cost_per_client(np.array([1_500.0]), np.array([213.0]), includes_hub_contacts=False)
    assert_array_equal(total, [1_713.0])


def test_a_total_that_counts_hub_contacts_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(MESSAGE)}$"):
        total_cost_per_client(np.array([1_500.0]), np.array([514.0]), includes_hub_contacts=True)
    refuse_hub_contacts(False)


def test_a_ledger_with_clients_reported_hub_contacts_is_refused() -> None:
    inputs = toy_inputs()
    now_the_hubs = inputs.service_use.is_hub | (np.arange(9) == 2)
    with pytest.raises(ValueError, match=f"^{re.escape(MESSAGE)}$"):
        evaluate(replace(inputs, service_use=replace(inputs.service_use, is_hub=now_the_hubs)))


def test_doubling_one_service_doubles_only_its_line() -> None:
    inputs = toy_inputs(service_use={"calibrated": False})
    contacts = inputs.service_use.contacts.copy()
    contacts[:, 3] *= 2.0
    before = evaluate(inputs).ledger.cost
    after = evaluate(toy_inputs(service_use={"calibrated": False, "contacts": contacts})).ledger.cost
    doubled = inputs.ledger.service == 3
    assert doubled.sum() == 3
    assert_array_equal(after[:, doubled], 2.0 * before[:, doubled])
    assert_array_equal(after[:, ~doubled], before[:, ~doubled])
