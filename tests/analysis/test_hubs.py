"""Hubs beside each other: pooled figures, declared order, and the refusal of one Hub alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from costmodel import api
from costmodel.analysis.hubs import HubsCompared, HubsError, compare_hubs
from costmodel.inputs.project import Project
from costmodel.report.hubs import funnel_picture, hubs_rows, hubs_text
from costmodel.runner import design_of
from tests.scenario_files import fixed, shipped_project, write_scenario

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


def test_less_need_than_elsewhere_is_dearer_at_the_pooled_case_mix(compared: HubsCompared) -> None:
    coast = next(hub for hub in compared.hubs if hub.hub == "coast")
    north = next(hub for hub in compared.hubs if hub.hub == "north")
    assert coast.need_therapy.mean < north.need_therapy.mean  # type: ignore[operator]
    assert coast.case_mix.mean > coast.cost.mean  # type: ignore[operator]
    assert north.case_mix.mean < north.cost.mean  # type: ignore[operator]
    for hub in compared.hubs:
        assert 0.0 <= hub.outside["99.8%"] <= hub.outside["95%"] <= 1.0


def test_rows_name_every_figure(compared: HubsCompared) -> None:
    assert len(list(hubs_rows(compared))) == 4 * 6
    money = [row for row in hubs_rows(compared) if row["unit"] == "GBP/client"]
    assert len(money) == 4 * 4
    assert {(row["perspective"], row["price_year"]) for row in money} == {("nhs_pss", "2023/24")}


def without(folder: Path, *changes: tuple[str, str]) -> HubsCompared:
    path = write_scenario(folder, {where: fixed(unit, 0.0) for where, unit in changes}, extends=["four_hubs"])
    return api.hubs(path, OPTIONS, project=shipped_project())


def test_a_hub_that_should_treat_nobody_has_no_cost_at_the_pooled_case_mix(tmp_path: Path) -> None:
    moor = without(tmp_path, ("hub_moor.pathway.hub_share_of_therapy", "share")).hubs[-1]
    assert moor.need_therapy.mean == 0.0  # whoever starts from the list of today
    assert (moor.case_mix.mean, moor.both.mean) == (None, None)
    assert moor.cost.mean is not None and moor.prices.mean is not None


def test_a_hub_without_clients_stands_apart_and_moves_no_other(
    compared: HubsCompared, tmp_path: Path
) -> None:
    found = without(tmp_path, ("hub_moor.pathway.registrations", "people/year"))
    moor, others = found.hubs[-1], found.hubs[:-1]
    assert set(moor.outside.values()) == {None} and moor.cost.mean is None
    spent = sum(hub.cost.mean * hub.clients.mean for hub in others)  # type: ignore[operator]
    clients = sum(hub.clients.mean for hub in others)  # type: ignore[misc]
    assert found.pooled == pytest.approx(spent / clients, rel=0.05)
    assert found.pooled < compared.pooled
    assert "Moor Hub" not in funnel_picture(found).description
    line = next(line for line in hubs_text(found).splitlines() if line.startswith("Moor Hub"))
    assert line.split("  ")[-1].strip() == "not applicable"


def test_hubs_with_which_nobody_registers_are_refused(tmp_path: Path) -> None:
    places = [f"hub_{hub}.pathway.registrations" for hub in ("north", "coast", "city", "moor")]
    places.append("hub_city.pathway.targeted_outreach_contacts")
    with pytest.raises(HubsError, match="nobody registers with a Hub of case"):
        without(tmp_path, *((where, "people/year") for where in places))


def test_a_long_list_of_today_is_no_case_mix(compared: HubsCompared, tmp_path: Path) -> None:
    lists = {f"waiting.hubs.{hub}.opening_list": fixed("people", 900.0) for hub in ("north", "coast")}
    path = write_scenario(tmp_path, lists, extends=["four_hubs"])
    found = api.hubs(path, OPTIONS, project=shipped_project())
    assert [hub.need_therapy for hub in found.hubs] == [hub.need_therapy for hub in compared.hubs]


def test_many_hubs_cost_the_same_whatever_the_chunk_size_one_draw_at_a_time_too(tmp_path: Path) -> None:
    parameters = tmp_path / "parameters"
    shutil.copytree(shipped_project().parameters_folder, parameters)
    (parameters / "waiting.yaml").unlink()
    names = [f"copy_{number}" for number in range(10)]
    for name in names:
        shutil.copy(parameters / "hub_reference.yaml", parameters / f"hub_{name}.yaml")
    project = Project(parameters, shipped_project().scenarios_folder)
    many = project.specification(write_scenario(tmp_path, hubs=names))
    design = design_of(many, "monte-carlo", 20, 3)
    assert compare_hubs(many, design, chunk_size=1) == compare_hubs(many, design)
