"""Headline results: group-bys of the ledger and their ratios to what the Hub delivers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np

from costmodel.model.activities import Delivery
from costmodel.model.arrays import draws_first, group_totals, ratio, stacked, total, weighted_total
from costmodel.model.ledger import Ledger, by_hub_and_pool, hours_by_pool
from costmodel.model.service_use import ServiceUse
from costmodel.model.staffing import StaffCosts, cost_of_added_hour
from costmodel.model.types import (
    INDIVIDUAL_STAGES,
    STAFF_COST_COMPONENTS,
    Behaviour,
    Component,
    CostType,
    FloatArray,
    IntArray,
    LedgerPlan,
    ModelInputs,
    Payer,
    Perspective,
    Stage,
    TimeKind,
    Volume,
)


class BridgeStep(IntEnum):
    """Steps from what clients' contacts explain to the whole of a Hub's cost."""

    CLIENT_CONTACT = 0
    INDIRECT_TIME = 1
    NOT_ATTENDED = 2
    TEAM_AND_OUTREACH = 3
    SUPERVISION = 4
    ADMINISTRATION = 5
    UNUSED_OR_UNRECORDED = 6
    OVERHEADS = 7
    CAPITAL = 8
    NON_PAY = 9
    QUALIFICATIONS = 10


class Per(IntEnum):
    """What a cost is divided by."""

    CONTACTED = 0
    REGISTERED = 1
    SCREENED = 2
    TRIAGED = 3
    ASSESSED = 4
    SUPPORTED = 5
    THERAPY_START = 6
    COMPLETION = 7
    ATTENDED_SESSION = 8
    TEAM_ATTENDANCE = 9
    KEYWORKERS_1000 = 10
    HUB_CONTACT = 11


_THERAPY = (Stage.THERAPY,)
# The activities whose cost answers "per what"; R1.15: numerators match denominators.
ACTIVITY_STAGES: dict[Per, tuple[Stage, ...]] = {
    Per.CONTACTED: (Stage.OUTREACH,),
    Per.REGISTERED: INDIVIDUAL_STAGES,
    Per.SCREENED: (Stage.SCREENING,),
    Per.TRIAGED: (Stage.TRIAGE,),
    Per.ASSESSED: (Stage.ASSESSMENT,),
    Per.SUPPORTED: (Stage.NAVIGATION, Stage.BRIEF_SUPPORT, Stage.THERAPY),
    Per.THERAPY_START: _THERAPY,
    Per.COMPLETION: _THERAPY,
    Per.ATTENDED_SESSION: _THERAPY,
    Per.TEAM_ATTENDANCE: (Stage.TEAM_SESSIONS,),
    Per.KEYWORKERS_1000: (Stage.OUTREACH, Stage.TEAM_SESSIONS),
    Per.HUB_CONTACT: INDIVIDUAL_STAGES,
}
_COUNTED: dict[Per, tuple[Volume, ...]] = {
    Per.CONTACTED: (Volume.CONTACTED,),
    Per.REGISTERED: (Volume.REGISTERED,),
    Per.SCREENED: (Volume.SCREENED,),
    Per.TRIAGED: (Volume.TRIAGED,),
    Per.ASSESSED: (Volume.ASSESSED,),
    Per.SUPPORTED: (Volume.SIGNPOSTED, Volume.NAVIGATED, Volume.BRIEF_SUPPORT, Volume.THERAPY_STARTS),
    Per.THERAPY_START: (Volume.THERAPY_STARTS,),
    Per.COMPLETION: (Volume.COMPLETIONS,),
    Per.ATTENDED_SESSION: (Volume.ATTENDED_SESSIONS,),
    Per.TEAM_ATTENDANCE: (Volume.TEAM_ATTENDANCES,),
    Per.KEYWORKERS_1000: (Volume.ELIGIBLE_WORKFORCE,),
    Per.HUB_CONTACT: (
        Volume.TRIAGED,
        Volume.ASSESSED,
        Volume.NAVIGATED,
        Volume.BRIEF_SESSIONS,
        Volume.ATTENDED_SESSIONS,
    ),
}
# These drivers stay the same when one more client registers.
_UNMOVED_BY_CLIENTS = (
    Volume.ELIGIBLE_WORKFORCE,
    Volume.CONTACTED,
    Volume.TEAM_ATTENDANCES,
    Volume.STAFF_WTE,
    Volume.HUB,
)


@dataclass(frozen=True)
class Outcomes:
    """Results of a year. The `place` axis is all Hubs together, then each Hub.

    The splits of cost (by activity, stage, component, payer, behaviour and bridge step) are of the Hub's cost
    in the NHS and personal social services perspective, and add up to it.

    Attributes
    ----------
    hub_cost
        Cost of the Hub. Shape (draw, place, perspective). [GBP/year]
    staff_bill
        Cost of the posts with their overheads, straight from the posts: what the ledger's lines of staff
        time must add up to. Shape (draw, place). [GBP/year]
    service_use_cost
        Clients' use of other services. Shape (draw, place, perspective). [GBP/year]
    activity_cost
        Activities in declared order, then unused capacity, then costs no activity causes.
        Shape (draw, place, activity + 2). [GBP/year]
    stage_cost
        Shape (draw, place, stage). [GBP/year]
    component_cost
        Staff cost components, then item cost types. Shape (draw, place, component + cost type). [GBP/year]
    payer_cost, behaviour_cost
        Shape (draw, place, payer) and (draw, place, behaviour). [GBP/year]
    bridge
        Shape (draw, place, bridge step). [GBP/year]
    central_pension_cost
        Part of the cost that the host does not pay. Shape (draw, place). [GBP/year]
    counts
        What costs are divided by. Shape (draw, place, per).
    volumes, demand
        Delivered and demanded. Shape (draw, place, volume).
    hours_available, hours_used
        Shape (draw, place, pool). [hours/year]
    service_cost_per_client
        Shape (draw, service). [GBP/client]
    short_run_marginal_cost, long_run_marginal_cost
        Of one more registered client. Shape (draw, place). [GBP/client]
    """

    hub_cost: FloatArray
    staff_bill: FloatArray
    service_use_cost: FloatArray
    activity_cost: FloatArray
    stage_cost: FloatArray
    component_cost: FloatArray
    payer_cost: FloatArray
    behaviour_cost: FloatArray
    bridge: FloatArray
    central_pension_cost: FloatArray
    counts: FloatArray
    volumes: FloatArray
    demand: FloatArray
    hours_available: FloatArray
    hours_used: FloatArray
    service_cost_per_client: FloatArray
    short_run_marginal_cost: FloatArray
    long_run_marginal_cost: FloatArray

    @cached_property
    def fully_absorbed(self) -> FloatArray:
        """Return the whole Hub cost per what. Shape (draw, place, per, perspective), in GBP."""
        return ratio(self.hub_cost[:, :, None, :], self.counts[:, :, :, None])

    @cached_property
    def activity_only(self) -> FloatArray:
        """Return the cost of the activities that serve it, per what. Shape (draw, place, per), in GBP."""
        numerators = [total(self.stage_cost[:, :, list(ACTIVITY_STAGES[per])], axis=2) for per in Per]
        return ratio(np.stack(numerators, axis=2), self.counts)

    @cached_property
    def service_use_per_client(self) -> FloatArray:
        """Return the cost of other services per client. Shape (draw, place, perspective), in GBP."""
        registered = self.volumes[:, :, int(Volume.REGISTERED), None]
        return ratio(self.service_use_cost, registered)


def outcomes(
    inputs: ModelInputs,
    staff: StaffCosts,
    demand: FloatArray,
    delivery: Delivery,
    use: ServiceUse,
    lines: Ledger,
) -> Outcomes:
    """Return every headline as a group-by of the ledger.

    Parameters
    ----------
    inputs, staff, delivery, use, lines
        Of the run: the posts, what they deliver, other services that clients use, and the ledger.
    demand
        The year's cohort. Shape (draw, hub, volume). [unit of the volume/year]
    """
    plan, place = inputs.ledger.condensed
    cost = lines.totals(place, plan.hub.size)
    is_hub_line = plan.service < 0
    is_headline = is_hub_line & plan.in_perspective[:, Perspective.NHS_PSS]
    volumes = with_all_hubs(delivery.volumes)
    available = hours_by_pool(inputs, staff)
    short_run, long_run = marginal_costs(inputs, delivery, available, staff)
    section_of_line = np.where(is_hub_line, 0, 1)
    by_perspective = [
        _by_hub(cost, np.where(counted, section_of_line, -1), 2, plan.hub, plan.n_hubs)
        for counted in plan.in_perspective.T
    ]
    section = stacked(by_perspective)

    def split(group: IntArray, n_groups: int) -> FloatArray:
        return _by_hub(cost, np.where(is_headline, group, -1), n_groups, plan.hub, plan.n_hubs)

    return Outcomes(
        hub_cost=section[:, :, 0],
        staff_bill=with_all_hubs(_staff_bill(inputs, staff)),
        service_use_cost=section[:, :, 1],
        activity_cost=split(activity_group(plan), plan.n_activities + 2),
        stage_cost=split(plan.stage, len(Stage)),
        component_cost=split(component_group(plan), len(Component) + len(CostType)),
        payer_cost=split(plan.payer, len(Payer)),
        behaviour_cost=split(plan.behaviour, len(Behaviour)),
        bridge=split(bridge_group(plan), len(BridgeStep)),
        central_pension_cost=split(np.where(plan.payer == Payer.NHSE_CENTRAL, 0, -1), 1)[:, :, 0],
        counts=_counts(volumes),
        volumes=volumes,
        demand=with_all_hubs(demand),
        hours_available=with_all_hubs(available),
        hours_used=with_all_hubs(available - delivery.unused_hours),
        service_cost_per_client=use.contacts * use.unit_cost,
        short_run_marginal_cost=short_run,
        long_run_marginal_cost=long_run,
    )


def with_all_hubs(values: FloatArray) -> FloatArray:
    """Return the values with their sum over Hubs put first on the Hub axis.

    From shape (draw, hub, ...) to (draw, place, ...).

    Examples
    --------
    >>> with_all_hubs(np.array([[1.0, 2.0]]))
    array([[3., 1., 2.]])
    """
    return np.concatenate([total(values, axis=1)[:, None], values], axis=1)


def activity_group(plan: LedgerPlan) -> IntArray:
    """Return the activity of each line; unused capacity and lines of no activity follow the activities.

    Shape (line,).
    """
    unused = plan.time_kind == TimeKind.UNUSED
    elsewhere = np.where(plan.activity >= 0, plan.activity, plan.n_activities + 1)
    return np.where(unused, plan.n_activities, elsewhere)


def component_group(plan: LedgerPlan) -> IntArray:
    """Return the staff cost component of each line, or the cost type of an item after the components.

    Shape (line,).
    """
    return np.where(plan.component >= 0, plan.component, len(Component) + plan.cost_type)


def bridge_group(plan: LedgerPlan) -> IntArray:
    """Return the reconciliation step of each line. Shape (line,).

    Staff cost is split by what the time was for; overheads, capital and the rest are steps of their own.
    """
    by_kind = np.array(
        [BridgeStep.CLIENT_CONTACT, BridgeStep.INDIRECT_TIME, BridgeStep.NOT_ATTENDED, -1], dtype=np.int64
    )
    step = by_kind[plan.time_kind]
    for stage, other in (
        (Stage.OUTREACH, BridgeStep.TEAM_AND_OUTREACH),
        (Stage.TEAM_SESSIONS, BridgeStep.TEAM_AND_OUTREACH),
        (Stage.SUPERVISION, BridgeStep.SUPERVISION),
        (Stage.ADMINISTRATION, BridgeStep.ADMINISTRATION),
    ):
        step = np.where(plan.stage == stage, other, step)
    step = np.where(plan.time_kind == TimeKind.UNUSED, BridgeStep.UNUSED_OR_UNRECORDED, step)
    staff_cost = np.isin(plan.component, [int(c) for c in STAFF_COST_COMPONENTS])
    other_step = np.where(plan.cost_type == CostType.OVERHEAD, BridgeStep.OVERHEADS, BridgeStep.NON_PAY)
    other_step = np.where(plan.cost_type == CostType.CAPITAL, BridgeStep.CAPITAL, other_step)
    other_step = np.where(plan.component == Component.QUALIFICATIONS, BridgeStep.QUALIFICATIONS, other_step)
    return np.where(staff_cost, step, other_step)


def marginal_costs(
    inputs: ModelInputs, delivery: Delivery, pool_hours: FloatArray, staff: StaffCosts
) -> tuple[FloatArray, FloatArray]:
    """Return what one more registered client costs, in the short run and in the long run.

    Short run: variable items only, v. Long run: v + s / kappa, where staff hours are bought in whole steps of
    posts (NI afresh on each) and items in their steps.

    Returns
    -------
    Two arrays of shape (draw, place). [GBP/client]

    References
    ----------
    .. [1] Drummond M et al. (2015). Methods for the Economic Evaluation of Health Care Programmes, 4th
       edition, chapter 7: fixed, step and variable costs.
    """
    items, n_hubs = inputs.items, inputs.ledger.n_hubs
    moved = ~np.isin(items.driver, _UNMOVED_BY_CLIENTS)
    units = delivery.volumes[:, items.hub, items.driver]
    price = items.amount * items.share * items.index_factor
    variable = np.where(moved & (items.behaviour == Behaviour.VARIABLE), units * price, 0.0)
    per_step = ratio(units * price, items.step_capacity, when_zero=0.0)
    step = np.where(moved & (items.behaviour == Behaviour.STEP), per_step, 0.0)
    variable_by_hub = group_totals(variable, items.hub, n_hubs)
    step_by_hub = group_totals(step, items.hub, n_hubs)
    staff_by_hub = _staff_cost_of_clients(inputs, delivery, pool_hours, staff)
    registered = with_all_hubs(delivery.volumes[:, :, int(Volume.REGISTERED)])
    short_run = ratio(with_all_hubs(variable_by_hub), registered)
    long_run = ratio(with_all_hubs(variable_by_hub + step_by_hub + staff_by_hub), registered)
    return short_run, long_run


def _staff_cost_of_clients(
    inputs: ModelInputs, delivery: Delivery, pool_hours: FloatArray, staff: StaffCosts
) -> FloatArray:
    """Return what the hours that follow clients would cost if bought as new posts. Shape (draw, hub)."""
    moved = ~np.isin(inputs.activities.driver, _UNMOVED_BY_CLIENTS)
    hours = total(total(delivery.hours[:, :, moved], axis=4), axis=2)
    added = cost_of_added_hour(inputs.staff)
    post, hub = inputs.staff.assignments
    post_hours = staff.hours[:, post] * inputs.staff.hub_share[:, post, hub]
    # A post without hours carries no weight, whatever an hour of it would cost.
    weighted = by_hub_and_pool(inputs, np.where(post_hours > 0.0, post_hours * added[:, post], 0.0))
    return total(ratio(weighted, pool_hours, when_zero=0.0) * hours, axis=2)


def _staff_bill(inputs: ModelInputs, staff: StaffCosts) -> FloatArray:
    cost_of_post = weighted_total(staff.components, inputs.staff.index_factor)
    post, hub = inputs.staff.assignments
    cost_of_pair = cost_of_post[:, post] * inputs.staff.hub_share[:, post, hub]
    return group_totals(cost_of_pair, hub, inputs.ledger.n_hubs)


def _by_hub(cost: FloatArray, group: IntArray, n_groups: int, hub: IntArray, n_hubs: int) -> FloatArray:
    """Return sums by Hub and group, all Hubs first. Shape (draw, place, group)."""
    code = np.where(group >= 0, hub * n_groups + group, -1)
    sums = group_totals(cost, code, n_hubs * n_groups)
    return with_all_hubs(draws_first(sums.T.reshape(n_hubs, n_groups, -1)))


def _counts(volumes: FloatArray) -> FloatArray:
    columns = [total(volumes[:, :, list(_COUNTED[per])], axis=2) for per in Per]
    columns[Per.KEYWORKERS_1000] = columns[Per.KEYWORKERS_1000] / 1_000.0
    return stacked(columns)
