"""Adapters from worked examples of micro-costing (C) and whole services (E) to the product's functions."""

import re
from collections.abc import Callable, Mapping
from itertools import permutations
from typing import Any

import numpy as np

from costmodel.model.arrays import ratio
from costmodel.model.capital import annuity_factor, declining_annuity_factor, equivalent_annual_cost
from costmodel.model.cost_behaviour import under_recovered_cost
from costmodel.model.outcomes import Per
from costmodel.model.overheads import OverheadMethod, apportioned_by_driver, apportionment, gross_pool_costs
from costmodel.model.prices import uprated
from costmodel.model.staffing import (
    CostPerWorkingHour,
    StaffCosts,
    capacity_cost_rate,
    cost_per_contact_hour,
    cost_per_working_hour,
    employer_ni,
    slots_per_attendance,
    staff_costs,
    working_hours,
)
from costmodel.model.types import STAFF_COST_COMPONENTS, Component
from tests.model.single_hub import ONE_PLACE, engine_hub, posts

Example = Mapping[str, Any]
Values = dict[str, Any]


def array(value: float) -> np.ndarray:
    return np.array(value, dtype=np.float64)


def capital(example: Example) -> Values:
    inputs = example["inputs"]
    rate, life = inputs["r"], inputs["n"]
    eac = equivalent_annual_cost(
        array(inputs["K"]),
        array(inputs.get("scrap", 0.0)),
        rate,
        life,
        in_advance=inputs.get("timing") == "advance",
    )
    return {"annuity_factor": annuity_factor(rate, life), "eac": float(eac)}


def capital_at_declining_rates(example: Example) -> Values:
    inputs = example["inputs"]
    rates = [rate for first, last, rate in inputs["rates"] for _ in range(first, min(last, inputs["n"]) + 1)]
    declining = declining_annuity_factor(np.array(rates))
    flat = equivalent_annual_cost(array(inputs["K"]), array(0.0), rates[0], inputs["n"])
    return {
        "annuity_factor_declining": declining,
        "eac_declining": float(ratio(array(inputs["K"]), array(declining))),
        "annuity_factor_flat": annuity_factor(rates[0], inputs["n"]),
        "eac_flat": float(flat),
    }


def ni_of_part_time(example: Example) -> Values:
    inputs = example["inputs"]
    pay = array(inputs["fte_salary"]) * np.array([1.0, inputs["wte"]])
    full_time, part_time = employer_ni(pay, inputs["rate"], inputs["threshold"]).tolist()
    pro_rata = inputs["wte"] * full_time
    return {
        "ni_full_time": full_time,
        "ni_part_time_correct": part_time,
        "ni_part_time_wrong_pro_rata": pro_rata,
        "overstatement": pro_rata - part_time,
    }


def ni_of_two_years(example: Example) -> Values:
    inputs = example["inputs"]
    pay = np.array([inputs["salary"], inputs["low_salary"]], dtype=np.float64)
    years = sorted(name for name in inputs if re.fullmatch(r"y\d.*", name))
    charges = [employer_ni(pay, inputs[year]["rate"], inputs[year]["threshold"]).tolist() for year in years]
    by_year = {f"ni_{year[1:]}": of_salary for year, (of_salary, _) in zip(years, charges, strict=True)}
    return by_year | {"increase": charges[-1][0] - charges[0][0], "ni_low": charges[-1][1]}


def pension(example: Example) -> Values:
    inputs = example["inputs"]
    costs = staff_costs(
        posts(
            [inputs["pensionable_pay"]],
            [1.0],
            pension_employer_rate=np.array([inputs["provider_rate"]]),
            pension_central_rate=np.array([inputs["central_rate"]]),
        )
    )
    provider, central = (
        component(costs, of) for of in (Component.EMPLOYER_PENSION, Component.CENTRAL_PENSION)
    )
    return {"provider": provider, "full": provider + central, "central": central}


def component(costs: StaffCosts, *components: Component) -> float:
    return float(costs.components[0, 0, list(components)].sum())


def hours_at_work(example: Example) -> Values:
    inputs = example["inputs"]
    return {"days": working_hours(**inputs | {"hours_per_day": 1.0}), "hours": working_hours(**inputs)}


def working_hour_cost(example: Example) -> Values:
    inputs = example["inputs"]
    costs = staff_costs(
        posts(
            [inputs["salary"]],
            [1.0],
            ni_rate=np.array([inputs["ni_rate"]]),
            ni_threshold=np.array([inputs["ni_threshold"]]),
            pension_employer_rate=np.array([inputs["pension_rate"]]),
            overheads_management_rate=np.array([[inputs["overhead_management_pct"]]]),
            overheads_non_staff_rate=np.array([[inputs["overhead_nonstaff_pct"]]]),
            capital_overheads=np.array([[inputs["capital_overhead"]]]),
            working_hours=np.array([[inputs["hours"]]]),
        )
    )
    staff_cost, total_annual = component(costs, *STAFF_COST_COMPONENTS), component(costs, *Component)
    return {
        "employer_ni": component(costs, Component.EMPLOYER_NI),
        "pension": component(costs, Component.EMPLOYER_PENSION),
        "staff_cost": staff_cost,
        "overhead_management": component(costs, Component.OVERHEADS_MANAGEMENT),
        "overhead_nonstaff": component(costs, Component.OVERHEADS_NON_STAFF),
        "total_annual": total_annual,
        "cost_per_hour": float(cost_per_working_hour(array(total_annual), costs.hours[0, 0])),
        "staff_only_per_hour": float(cost_per_working_hour(array(staff_cost), costs.hours[0, 0])),
    }


def contact_hour_cost(example: Example) -> Values:
    inputs = example["inputs"]
    hour = cost_per_contact_hour(
        CostPerWorkingHour(array(inputs["cost_per_hour"])), array(inputs["ratio_indirect_per_direct"])
    )
    slots = slots_per_attendance(array(inputs["dna_rate"]), array(inputs["dna_slot_consumed_fraction"]))
    slot = float(hour) * inputs["session_hours"]
    return {
        "cost_per_direct_hour": float(hour),
        "cost_per_attended_session": slot * float(slots),
        "cost_per_booked_slot": slot,
    }


def practical_capacity(example: Example) -> Values:
    inputs = example["inputs"]
    total, hours = (inputs["wte"] * inputs[name] for name in ("annual_cost_per_wte", "hours_per_wte"))
    fraction = inputs["practical_capacity_fraction"]
    rate = float(capacity_cost_rate(array(total), array(hours), array(fraction)))
    used_hours = sum(n * hours_each for _, n, hours_each in inputs["activities"])
    return {
        "practical_hours": hours * fraction,
        "capacity_cost_rate": rate,
        "used_hours": used_hours,
        "used_cost": rate * used_hours,
        "unused_cost": total - rate * used_hours,
        "utilisation": float(ratio(array(rate * used_hours), array(total))),
    }


def overhead_pools(example: Example) -> Values:
    inputs = example["inputs"]
    pools = list(inputs["pools"])
    shares = [inputs[f"shares_{pool}"] for pool in pools]
    departments = list(dict.fromkeys(name for row in shares for name in row if name not in pools))
    cost = np.array([inputs["pools"][pool] for pool in pools], dtype=np.float64)
    between = np.array([[row.get(pool, 0.0) for pool in pools] for row in shares])
    onward = np.array([[row.get(department, 0.0) for department in departments] for row in shares])
    gross = gross_pool_costs(cost, between).tolist()
    by_method = {
        method.value.replace("_", ""): (cost @ apportionment(between, onward, method)).tolist()
        for method in OverheadMethod
    }
    return by_method | {f"gross_{pool}": value for pool, value in zip(pools, gross, strict=True)}


def price_year(example: Example) -> Values:
    inputs, index = example["inputs"], example["inputs"]["index"]
    start, end = index[inputs["frm"]], index[inputs["to"]]
    later = uprated(array(inputs["cost"]), start, end)
    factors = {
        f"factor_{first[:4]}_to_{last[:4]}": float(uprated(array(1.0), index[first], index[last]))
        for first, last in permutations(index, 2)
    }
    return factors | {"uprated": float(later), "back": float(uprated(later, end, start))}


def absorption(example: Example) -> Values:
    total, planned, actual = (
        array(example["inputs"][name]) for name in ("total_cost", "planned_treatments", "actual_treatments")
    )
    return {
        "planned_rate": float(ratio(total, planned)),
        "actual_average": float(ratio(total, actual)),
        "under_recovered": float(under_recovered_cost(total, planned, actual)),
    }


def denominators(example: Example) -> Values:
    inputs = example["inputs"]
    per = {
        "per_contacted": "contacted",
        "per_referred": "referred",
        "per_screened": "screened",
        "per_started": "started_therapy",
        "per_completed": "completed",
        "per_session": "attended_sessions",
    }
    counts = {name: inputs[count] for name, count in per.items() if count in inputs}
    counts["per_1000_staff"] = inputs["staff_in_scope"] / 1_000.0
    return {name: float(ratio(array(inputs["total_cost"]), array(n))) for name, n in counts.items()}


def shared_post(example: Example) -> Values:
    hubs = example["inputs"]["hubs"].values()
    cost = array(example["inputs"]["post_cost"])
    drivers = dict.fromkeys(driver for hub in hubs for driver in hub)
    return {
        f"by_{driver}": apportioned_by_driver(
            cost, np.array([hub[driver] for hub in hubs], dtype=np.float64)
        ).tolist()
        for driver in drivers
    }


def whole_hub(example: Example) -> Values:
    inputs = example["inputs"]
    activities = {name: parsed_activity(text) for name, text in inputs["activities"].items()}
    attended = activities["therapy"][0]
    hub = {
        "staff": inputs["staff_full_time_salary_and_wte"],
        "ni": inputs["ni"],
        "pension": inputs["pension"],
        "overhead": inputs["overhead_pct"],
        "capital_per_wte": inputs["capital_per_wte"],
        "hours_per_wte": inputs["hours_per_wte"],
        "indirect": inputs["indirect_per_direct_hour"],
        "activities": activities,
        "screened": inputs["screened"],
        "navigated": inputs["navigated"],
        "starters": inputs["therapy_starters"],
        "completers": inputs["therapy_completers"],
        "attended": attended,
    }
    values, result = engine_hub(hub)
    used, available = values["hours_used"], values["hours_available"]
    absorbed = result.outcomes.fully_absorbed[0, ONE_PLACE, :, 0]
    of_activity = result.outcomes.activity_only[0, ONE_PLACE]
    return values | {
        "utilisation": {pool: float(ratio(array(used[pool]), array(available[pool]))) for pool in used},
        "average_fully_absorbed_per_screened": float(absorbed[Per.SCREENED]),
        "activity_cost_per_screen": float(of_activity[Per.SCREENED]),
        "activity_cost_per_therapy_starter": float(of_activity[Per.THERAPY_START]),
        "activity_cost_per_completer": float(of_activity[Per.COMPLETION]),
        "activity_cost_per_attended_session": float(of_activity[Per.ATTENDED_SESSION]),
    }


def parsed_activity(text: str) -> tuple[float, dict[str, float], float, float]:
    """Return units, hours of each pool for a unit, DNA rate and lost share of a slot.

    "1700 attended x 1 b8a h, DNA 12%, slot fully lost" -> (1700.0, {"b8a": 1.0}, 0.12, 1.0).
    """
    work, *notes = text.split(", ")
    units, _, time = work.rpartition(" x ")
    terms = re.fullmatch(r"\(?(.+?)\)? h", time.strip())
    if terms is None:
        raise ValueError(f"{text!r} does not say how many hours of whom")
    hours = [term.split() for term in terms.group(1).split(" + ")]
    dna, slot_lost = 0.0, 1.0
    for note in notes:
        percent = re.search(r"([\d.]+) ?%", note)
        if note.startswith("DNA") and percent:
            dna = float(percent.group(1)) / 100.0
        elif note.startswith("slot") and percent:
            slot_lost = float(percent.group(1)) / 100.0
        elif note != "slot fully lost":
            raise ValueError(f"{note!r} in {text!r} is neither a DNA rate nor a share of the slot")
    return (
        float(units.split()[0]) if units else 1.0,
        {pool: float(number) for number, pool in hours},
        dna,
        slot_lost,
    )


ADAPTERS: dict[str, Callable[[Example], Values]] = {
    "C01": capital,
    "C02": capital,
    "C03": capital,
    "C04": capital,
    "C05": capital_at_declining_rates,
    "C06": ni_of_part_time,
    "C07": ni_of_two_years,
    "C08": pension,
    "C09": hours_at_work,
    "C10": working_hour_cost,
    "C11": contact_hour_cost,
    "C13": practical_capacity,
    "C15": overhead_pools,
    "C16": price_year,
    "C19": absorption,
    "C20": denominators,
    "C21": shared_post,
    "E01": whole_hub,
}
