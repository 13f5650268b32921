"""Hubs beside each other: pooled figures, declared order, and the refusal of one Hub alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from costmodel import api
from costmodel.analysis.hubs import HubsCompared
from costmodel.report.hubs import hubs_rows, hubs_text
from tests.scenario_files import shipped_project, write_scenario

OPTIONS = api.RunOptions(draws=100, seed=3)


@pytest.fixture(scope="module")
def compared() -> HubsCompared:
    return api.hubs("four_hubs", OPTIONS, project=shipped_project())


def test_costs_as_they_are_equal_those_of_a_run(compared: HubsCompared) -> None:
    with api.run("four_hubs", OPTIONS, project=shipped_project()) as simulation:
        for hub in compared.hubs:
            assert hub.cost.mean == pytest.approx(simulation.outcome(f"cost_per_registered@{hub.hub}").mean)
        assert compared.pooled == pytest.approx(simulation.outcome("cost_per_registered").mean)


def test_hubs_keep_the_order_of_the_scenario_and_are_not_ranked(
    compared: HubsCompared, tmp_path: Path
) -> None:
    assert [hub.hub for hub in compared.hubs] == ["north", "coast", "city", "moor"]
    turned = write_scenario(tmp_path, extends=["four_hubs"], hubs=["moor", "city", "coast", "north"])
    back = api.hubs(turned, OPTIONS, project=shipped_project())
    assert [hub.hub for hub in back.hubs] == ["moor", "city", "coast", "north"]
    assert [hub.both.mean for hub in back.hubs] == pytest.approx(
        [hub.both.mean for hub in compared.hubs[::-1]]
    )
    text = hubs_text(compared)
    assert "this is no league table" in text and "rank " not in text


def test_less_therapy_than_elsewhere_is_dearer_at_the_pooled_case_mix(compared: HubsCompared) -> None:
    coast = next(hub for hub in compared.hubs if hub.hub == "coast")
    north = next(hub for hub in compared.hubs if hub.hub == "north")
    assert coast.in_therapy.mean < north.in_therapy.mean  # type: ignore[operator]
    assert coast.case_mix.mean > coast.cost.mean  # type: ignore[operator]
    assert north.case_mix.mean < north.cost.mean  # type: ignore[operator]
    for hub in compared.hubs:
        assert 0.0 <= hub.outside["99.8 %"] <= hub.outside["95 %"] <= 1.0


def test_rows_name_every_figure(compared: HubsCompared) -> None:
    assert len(list(hubs_rows(compared))) == 4 * 6
