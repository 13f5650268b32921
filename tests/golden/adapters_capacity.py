"""Adapters from worked examples of waiting (Q) and budget impact (B) to the product's functions."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from costmodel.model import frontier as frontiers
from costmodel.model import list_capacity, queueing
from costmodel.model.birth_death import ChainRates, expected_waiting, stationary, transient
from costmodel.model.skill_mix import Posts, Tasks, cheapest_mix
from costmodel.model.therapy_capacity import TherapyHours, start_limits
from costmodel.model.thresholds import break_even_volume
from costmodel.model.waiting_list import run_list
from costmodel.model.waiting_types import ListInputs
from costmodel.uncertainty.correlation import probability_lower, sd_of_difference
from tests.model.toy import toy_inputs
from tests.model.toy_time import toy_time

Example = Mapping[str, Any]
Values = dict[str, Any]

QUARTER = 0.25
THERAPY = {"starts_demand_per_week": 3, "course_weeks": 12, "slots": 40}


def one(value: float) -> np.ndarray:
    return np.array([value], dtype=np.float64)


def several_servers(example: Example) -> Values:
    inputs = example["inputs"]
    rates = one(inputs["arrival_rate"]), one(inputs["service_rate"]), one(inputs["servers"])
    queue = queueing.steady_queue(*rates)
    longer = queueing.share_waiting_longer(queue, *rates, QUARTER)
    return queue_values(queue) | {"prob_wait_gt_quarter": float(longer[0])}


def caseload_slots(example: Example) -> Values:
    return queue_values(queue_of_slots(example["inputs"], [example["inputs"]["slots"]]))


def general_queue(example: Example) -> Values:
    inputs = example["inputs"]
    assert inputs["base"] == "Q03"
    wait = queue_of_slots(THERAPY, [THERAPY["slots"]]).mean_wait
    general = queueing.allen_cunneen(wait, np.array(inputs["ca2"]), np.array(inputs["cs2"]))
    return {"Wq": float(general[0])}


def frontier(example: Example) -> Values:
    inputs = example["inputs"]
    waits = queue_of_slots(
        {**inputs, "starts_demand_per_week": inputs["arrival_rate"]}, inputs["slots"]
    ).mean_wait
    cost = inputs["cost_per_slot_per_week"] * np.array(inputs["slots"], dtype=np.float64)
    return {
        "Wq": waits,
        "weekly_cost": cost,
        "marginal_cost_per_week_saved": frontiers.frontier(cost, waits).marginal_cost[1:],
    }


def starts_of_staff(example: Example) -> Values:
    inputs = example["inputs"]
    capacity = list_capacity.start_capacity(
        one(inputs["wte"]),
        one(inputs["hours_per_wte"]),
        one(inputs["direct_share"]),
        one(inputs["session_hours"]),
        one(inputs["dna"]),
        one(inputs["dna_slot_consumed"]),
        one(inputs["mean_attended_per_starter"]),
        one(inputs["completion_prob"]),
    )
    names = ("slots", "attended", "starts", "completions")
    return {name: float(getattr(capacity, name)[0]) for name in names}


def stock_and_flow(example: Example) -> Values:
    inputs = example["inputs"]
    steps = np.ones((1, 1, inputs["months"]))
    flows = run_list(
        ListInputs(
            arrivals=inputs["accepted_referrals"] * steps,
            attrition=np.full((1, 1), inputs["monthly_attrition"]),
            session_capacity=inputs["start_capacity"] * steps,
            caseload_cap=np.inf * steps,
            sessions_per_start=np.ones((1, 1)),
            retention=np.ones(1),
            dropout_share=np.zeros((1, 1)),
            opening_list=np.full((1, 1, 1), float(inputs["W0"])),
            opening_starts=np.zeros((1, 1)),
            class_shares=np.ones(1),
            targets=np.zeros(0),
        )
    )
    return {"waiting": [float(inputs["W0"]), *flows.waiting[0, 0]], "starts": flows.starts[0, 0]}


def overload(example: Example) -> Values:
    inputs = example["inputs"]
    settled = list_capacity.overloaded_list(
        one(inputs["accepted_referrals"]), one(inputs["start_capacity"]), one(inputs["monthly_attrition"])
    )
    return {
        "W_star": float(settled.waiting[0]),
        "share_starting": float(settled.share_starting[0]),
        "fifo_wait_discrete": float(settled.wait_of_starters[0]),
        "fifo_wait_fluid": float(settled.wait_of_starters_fluid[0]),
        "little_naive": float(settled.clearance_time[0]),
    }


def clearing(example: Example) -> Values:
    inputs = example["inputs"]
    without, with_attrition = (
        float(
            list_capacity.capacity_to_clear(
                one(inputs["W0"]), one(inputs["accepted_referrals"]), one(attrition), inputs["months"]
            )[0]
        )
        for attrition in inputs["attrition"]
    )
    return {"mu_no_attrition": without, "mu_with_attrition": with_attrition}


def staff_to_clear(example: Example) -> Values:
    inputs = example["inputs"]
    per_wte = inputs["hours_per_wte_month"] * inputs["direct_share"]
    starts = np.array([inputs["mu_clear"], inputs["mu_hold"], inputs["mu_clear"] - inputs["mu_hold"]])
    clear, hold, extra = list_capacity.wte_for_starts(
        starts,
        one(inputs["attended_per_starter"]),
        one(inputs["dna"]),
        one(1.0),
        one(1.0),
        one(inputs["hours_per_wte_month"]),
        one(inputs["direct_share"]),
    ).tolist()
    return {
        "wte_clear": clear,
        "wte_hold": hold,
        "wte_clear_rounded_up_0_1": tenths_of_posts(clear * per_wte, per_wte),
        "temporary_extra": extra,
    }


def tenths_of_posts(hours: float, hours_per_wte: float) -> float:
    """Return the fewest posts in tenths that give the hours."""
    posts = Posts(
        cost=np.linspace(0.1, 1.0, 10)[None],
        hours=one(hours_per_wte),
        supervision=np.zeros(1),
        supervises=np.ones(1, dtype=bool),
        minimum=np.zeros(1),
        maximum=one(np.inf),
        step=0.1,
    )
    tasks = Tasks(one(hours)[None], np.ones((1, 1)), np.zeros(1), np.ones((1, 1), dtype=bool))
    return float(cheapest_mix(posts, tasks).wte[0])


def tightest_limit(example: Example) -> Values:
    inputs = example["inputs"]
    session = one(inputs["attended_per_starter"])
    hours = TherapyHours(
        pool_hours=one(inputs["session_capacity_per_month"])[:, None, None],
        before=np.zeros((1, 1, 1, 1)),
        per_start=session[:, None, None],  # an hour a session
        sessions_per_start=session[:, None],
        slots_per_session=one(1.0),
        pool_wte=one(inputs["wte"])[:, None, None],
        dna_rate=one(0.0),
        dna_slot_share=one(1.0),
        group_size=one(1.0),
    )
    whole_months, rest = divmod(inputs["course_months"], 1.0)
    time = toy_time(
        toy_inputs(),
        retention=np.append(np.ones(int(whole_months)), rest),
        caseload_per_wte=one(inputs["caseload_cap_per_wte"])[:, None],
        room_sessions=np.full((1, 1), np.inf),
    )
    limits = start_limits(hours, time, hours.pool_hours[..., None], hours.pool_wte[..., None])[0, 0, 0]
    starts, which = list_capacity.binding_constraint(limits)
    return {
        "by_sessions": float(limits[0]),
        "by_caseload": float(limits[1]),
        "starts": float(starts),
        "binding": ("sessions", "caseload")[int(which)],
    }


def skill_mix(example: Example) -> Values:
    inputs = example["inputs"]
    bands = list(inputs["cost_per_direct_hour"])
    supervised = inputs["supervision_8a_per_hour"]
    senior = np.array([band == "b8a" for band in bands])
    mix = cheapest_mix(
        Posts(
            cost=np.array(list(inputs["cost_per_direct_hour"].values()), dtype=np.float64)[:, None],
            hours=np.ones(len(bands)),
            supervision=np.array([supervised.get(band, 0.0) for band in bands]),
            supervises=senior,
            minimum=np.zeros(len(bands)),
            maximum=np.array([inputs["b5_max"] if band == "b5" else np.inf for band in bands]),
            step=0.0,
            supervision_takes_hours=False,
        ),
        Tasks(
            need=np.array([[inputs["need_hours"]]], dtype=np.float64),
            hours_per_need=np.ones((len(bands), 1)),
            complex_share=np.array([inputs["complex_hours_8a_min"] / inputs["need_hours"]]),
            takes_complex=senior[:, None],
        ),
    )
    return {"cost": mix.cost, "hours": mix.wte}


def impatient_queue(example: Example) -> Values:
    inputs = example["inputs"]
    arrivals, leaving = float(inputs["arrival_rate"]), inputs["abandonment"]
    slots, service = float(inputs["servers"]), inputs["service_rate"]
    steady = stationary(arrivals, service, slots, leaving)
    month = transient(ChainRates(one(arrivals), one(slots), service, leaving), steady)
    fluid = list_capacity.overloaded_list(one(arrivals), one(slots * service), one(leaving))
    return {
        "fluid_Lq": float(fluid.waiting[0]),
        "exact_Lq": float(expected_waiting(steady, slots)),
        "exact_abandon_prob": float(month.left_list[0]) / arrivals,
        "fluid_abandon_prob": 1.0 - float(fluid.share_starting[0]),
    }


def cheaper(example: Example) -> Values:
    inputs = example["inputs"]
    sd_1, sd_2 = inputs["sd"]
    independent, correlated = (
        probability_lower(inputs["mean_difference"], sd_of_difference(sd_1, sd_2, rho))
        for rho in inputs["corr"]
    )
    return {"prob_independent": independent, "prob_correlated": correlated}


def queue_of_slots(inputs: Mapping[str, Any], slots: list[int]) -> queueing.SteadyQueue:
    return queueing.steady_queue(
        one(inputs["starts_demand_per_week"]),
        one(1.0 / inputs["course_weeks"]),
        np.array(slots, dtype=np.float64),
    )


def queue_values(queue: queueing.SteadyQueue) -> Values:
    names = {
        "a": queue.offered_load,
        "rho": queue.load,
        "prob_wait": queue.prob_wait,
        "Wq": queue.mean_wait,
        "Lq": queue.mean_queue,
        "W": queue.mean_time,
    }
    return {name: float(value[0]) for name, value in names.items()}


def break_even(example: Example) -> Values:
    models = example["inputs"]
    first, second = ([one(model["fixed"]), one(model["variable"])] for model in models.values())
    cheaper = min(models, key=lambda name: models[name]["fixed"])
    return {"n_star": float(break_even_volume(*first, *second)[0]), "cheaper_below": cheaper}


ADAPTERS: dict[str, Callable[[Example], Values]] = {
    "Q01": several_servers,
    "Q03": caseload_slots,
    "Q04": general_queue,
    "Q05": frontier,
    "Q07": starts_of_staff,
    "Q09": stock_and_flow,
    "Q10": overload,
    "Q11": clearing,
    "Q12": staff_to_clear,
    "Q13": tightest_limit,
    "Q14": skill_mix,
    "Q16": impatient_queue,
    "B02": cheaper,
    "V11": break_even,
}
