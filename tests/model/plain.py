"""The model again, one draw at a time, in Python floats and loops: what the arrays must agree with."""

from __future__ import annotations

from collections import defaultdict
from math import ceil
from typing import Any

from costmodel.model.types import ModelInputs

COMPONENTS = (
    "salary", "ni", "employer_pension", "central_pension", "levy", "invoices", "backfill", "management",
    "non_staff", "capital", "qualifications",
)  # fmt: skip
STAFF_COST = COMPONENTS[:7]
OVERHEADS = ("management", "non_staff")
VOLUMES = (
    "eligible", "contacted", "registered", "screened", "triaged", "assessed", "signposted", "navigated",
    "brief", "brief_sessions", "therapy_demand", "external", "starts", "sessions", "completions", "dropouts",
    "none", "team", "wte", "hub",
)  # fmt: skip
STAGES = (
    "outreach", "screening", "triage", "assessment", "navigation", "brief_support", "therapy",
    "team_sessions", "supervision", "administration",
)  # fmt: skip
PAYERS = ("host", "icb", "central", "other_nhs", "local_authority", "employer", "client")
COST_TYPES = ("pay", "nonpay", "capital", "overhead", "transfer")
BEHAVIOURS = ("fixed", "step", "variable")
THERAPY = ("starts", "sessions", "completions", "dropouts")
AFTER_TRIAGE = (
    "assessed", "signposted", "navigated", "brief", "brief_sessions", "therapy_demand", "external", "none",
    *THERAPY,
)  # fmt: skip
SHRINKS = {
    "contacted": ("contacted",),
    "screened": ("screened", "triaged", *AFTER_TRIAGE),
    "brief_sessions": ("brief", "brief_sessions"),
    "sessions": THERAPY,
    "team": ("team",),
    "wte": (),
}
COUNTED = {
    "nhs_pss": set(PAYERS[:5]),
    "host": {"host"},
    "nhs_employer": {"host", "icb", "central", "other_nhs", "employer"},
    "societal": set(PAYERS),
}
UNMOVED = ("eligible", "contacted", "team", "wte", "hub")


class PlainHubs:
    """Everything about one draw, in dictionaries."""

    def __init__(self, inputs: ModelInputs, draw: int) -> None:
        for part in ("staff", "pathway", "activities", "items", "service_use"):
            setattr(self, part, _plain(getattr(inputs, part), draw))
        self.n_hubs = len(self.staff["hub_share"][0])
        self.n_posts = len(self.staff["salary"])
        self.n_activities = len(self.activities["driver"])
        self.posts = [self.post_cost(p, self.staff["wte"][p], self.charge(p)) for p in range(self.n_posts)]
        self.volumes = [self.demand(h) for h in range(self.n_hubs)]
        self.hours: dict[tuple[int, int, int, str], float] = defaultdict(float)
        self.left = [
            [self.pool_hours(h, k) for k in range(self.staff["n_pools"])] for h in range(self.n_hubs)
        ]
        self.delivered = [self.serve(h) for h in range(self.n_hubs)]
        self.lines = [*self.staff_lines(), *self.item_lines()]

    def pay(self, post: int, wte: float) -> float:
        s = self.staff
        return 0.0 if s["agency"][post] else (s["salary"][post] + s["enhancements"][post]) * wte

    def charge(self, post: int) -> float:
        """NI of a post: its share, by pay, of the charge on the person's pay from one employer."""
        s = self.staff
        same = [p for p in range(self.n_posts) if s["contract_group"][p] == s["contract_group"][post]]
        of_person = sum(self.pay(p, s["wte"][p]) / s["headcount"][p] for p in same)
        return self.pay(post, s["wte"][post]) * self.ni(of_person) / of_person if of_person else 0.0

    def ni(self, pay: float) -> float:
        s = self.staff
        periods = zip(s["period_weight"], s["ni_rate"], s["ni_threshold"], strict=True)
        return sum(weight * rate * max(0.0, pay - threshold) for weight, rate, threshold in periods)

    def post_cost(self, post: int, wte: float, ni: float) -> dict[str, float]:
        s = self.staff
        pay = self.pay(post, wte)
        hours = (s["working_hours"][post] + s["sickness_hours"][post]) * wte
        member_pay = pay * s["pension_member_share"][post]
        weights = s["period_weight"]
        parts = {
            "salary": pay,
            "ni": ni,
            "employer_pension": member_pay * _dot(weights, s["pension_employer_rate"]),
            "central_pension": member_pay * _dot(weights, s["pension_central_rate"]),
            "levy": pay * s["apprenticeship_levy_rate"],
            "invoices": s["invoice_per_hour"][post] * hours,
        }
        own = 0.0 if s["agency"][post] else sum(parts.values())
        parts["backfill"] = own / hours * s["sickness_hours"][post] * wte if hours else 0.0
        staff_cost = sum(parts.values())
        parts["management"] = staff_cost * s["overheads_management_rate"][post]
        parts["non_staff"] = staff_cost * s["overheads_non_staff_rate"][post]
        parts["capital"] = s["capital_overheads"][post] * wte
        parts["qualifications"] = s["qualifications"][post] * wte
        return parts

    def filled(self, post: int) -> float:
        return 1.0 - self.staff["vacancy_share"][post]

    def post_hours(self, post: int, hub: int) -> float:
        s = self.staff
        hours = (s["working_hours"][post] + s["sickness_hours"][post]) * s["wte"][post]
        return hours * self.filled(post) * s["hub_share"][post][hub]

    def pool_hours(self, hub: int, pool: int) -> float:
        return sum(self.post_hours(p, hub) for p in range(self.n_posts) if self.staff["pool"][p] == pool)

    def demand(self, hub: int) -> dict[str, float]:
        p = {name: values[hub] for name, values in self.pathway.items()}
        registered = p["registrations"] + p["targeted_outreach_contacts"] * p["registered_share_of_targeted"]
        triaged = registered * p["screened_share"] * p["triaged_share"]
        therapy = triaged * p["therapy_share"]
        starts = therapy * p["hub_share_of_therapy"]
        other = triaged - therapy
        shares = {"signposted": "signposted_share", "brief": "brief_share", "navigated": "navigated_share"}
        helped = {name: other * p[share] for name, share in shares.items()}
        dropouts = starts * p["dropout_share"]
        sessions = (starts - dropouts) * p["sessions_per_completion"] + dropouts * p["sessions_per_dropout"]
        staff = self.staff
        wte = sum(staff["wte"][k] * self.filled(k) * staff["hub_share"][k][hub] for k in range(self.n_posts))
        return {
            "eligible": p["eligible_workforce"],
            "contacted": p["outreach_contacts"] + p["targeted_outreach_contacts"],
            "registered": registered,
            "screened": registered * p["screened_share"],
            "triaged": triaged,
            "assessed": triaged * p["assessed_share"],
            "signposted": helped["signposted"],
            "navigated": helped["navigated"] + (therapy - starts),
            "brief": helped["brief"],
            "brief_sessions": helped["brief"] * p["brief_sessions_per_client"],
            "therapy_demand": starts,
            "external": therapy - starts,
            "starts": starts,
            "sessions": sessions,
            "completions": starts - dropouts,
            "dropouts": dropouts,
            "none": other - sum(helped.values()),
            "team": p["team_attendances"],
            "wte": wte,
            "hub": 1.0,
        }

    def unit_hours(self, hub: int, activity: int, pool: int) -> dict[str, float]:
        a = self.activities
        direct = a["minutes"][hub][activity][pool] / 60.0 / a["group_size"][activity]
        indirect = direct * a["indirect_ratio"][pool] if a["direct_only"][activity] else 0.0
        missed = a["dna_rate"][activity] / (1.0 - a["dna_rate"][activity]) * a["dna_slot_share"][activity]
        return {"direct": direct, "indirect": indirect, "not_attended": (direct + indirect) * missed}

    def serve(self, hub: int) -> dict[str, float]:
        volumes = dict(self.volumes[hub])
        left = self.left[hub]
        for activity in range(self.n_activities):
            driver = VOLUMES[self.activities["driver"][activity]]
            needs = [
                {kind: volumes[driver] * h for kind, h in self.unit_hours(hub, activity, k).items()}
                for k in range(len(left))
            ]
            wanted = [sum(need.values()) for need in needs]
            share = min([1.0, *(have / want for have, want in zip(left, wanted, strict=True) if want > 0.0)])
            for pool, need in enumerate(needs):
                for kind, hours in need.items():
                    self.hours[hub, activity, pool, kind] = hours * share
                left[pool] = max(0.0, left[pool] - wanted[pool] * share)
            for volume in SHRINKS[driver]:
                volumes[volume] *= share
        return volumes

    def staff_lines(self) -> list[dict[str, Any]]:
        lines = []
        for post in range(self.n_posts):
            pool = self.staff["pool"][post]
            for hub in range(self.n_hubs):
                of_pool = self.pool_hours(hub, pool)
                mine = self.post_hours(post, hub) / of_pool if of_pool else 0.0
                times = {
                    (a, kind): hours for (h, a, k, kind), hours in self.hours.items() if (h, k) == (hub, pool)
                }
                times[-1, "unused"] = self.left[hub][pool]
                for (activity, kind), hours in times.items():
                    lines += self.lines_of_time(post, hub, activity, kind, hours * mine)
        return lines

    def lines_of_time(
        self, post: int, hub: int, activity: int, kind: str, hours: float
    ) -> list[dict[str, Any]]:
        s = self.staff
        year = (s["working_hours"][post] + s["sickness_hours"][post]) * s["wte"][post]
        stage = STAGES[self.activities["stage"][activity]] if activity >= 0 else None
        return [
            {
                "hub": hub,
                "activity": activity,
                "kind": kind,
                "stage": stage,
                "component": name,
                "payer": "central" if name in ("central_pension", "qualifications") else "host",
                "behaviour": "step",
                "bridge": _bridge_of_time(name, kind, stage),
                "cost": hours * amount / year * s["index_factor"][COMPONENTS.index(name)] if year else 0.0,
            }
            for name, amount in self.posts[post].items()
        ]

    def item_lines(self) -> list[dict[str, Any]]:
        lines = []
        items = self.items
        for item, amount in enumerate(items["amount"]):
            hub, activity = items["hub"][item], items["activity"][item]
            kind = COST_TYPES[items["cost_type"][item]]
            lines.append(
                {
                    "hub": hub,
                    "activity": activity,
                    "kind": None,
                    "stage": STAGES[self.activities["stage"][activity]] if activity >= 0 else None,
                    "component": kind,
                    "payer": PAYERS[items["payer"][item]],
                    "behaviour": BEHAVIOURS[items["behaviour"][item]],
                    "bridge": kind if kind in ("capital", "overhead") else "non_pay",
                    "cost": self.units(item) * amount * items["share"][item] * items["index_factor"][item],
                }
            )
        return lines

    def units(self, item: int) -> float:
        driver = self.delivered[self.items["hub"][item]][VOLUMES[self.items["driver"][item]]]
        behaviour = BEHAVIOURS[self.items["behaviour"][item]]
        if behaviour == "step":
            return ceil(driver / self.items["step_capacity"][item])
        return 1.0 if behaviour == "fixed" else driver

    def sum_of(self, hub: int, perspective: str = "nhs_pss", **wanted: Any) -> float:
        return sum(
            line["cost"]
            for line in self.lines
            if line["hub"] == hub
            and line["payer"] in COUNTED[perspective]
            and all(line[label] == value for label, value in wanted.items())
        )

    def service_cost(self, service: int) -> float:
        """Cost of one service of one client in the price year of the results."""
        s = self.service_use
        others = [k for k in range(len(s["contacts"])) if not s["is_hub"][k]]
        listed = sum(s["contacts"][k] * s["unit_cost"][k] for k in others)
        factor = s["published_mean"][0] / listed if s["calibrated"] and service in others else 1.0
        return s["contacts"][service] * factor * s["unit_cost"][service] * s["index_factor"][service]

    def service_use_cost(self, hub: int, perspective: str) -> float:
        s = self.service_use
        return self.delivered[hub]["registered"] * sum(
            self.service_cost(k)
            for k in range(len(s["contacts"]))
            if not s["is_hub"][k] and PAYERS[s["payer"][k]] in COUNTED[perspective]
        )

    def marginal_of_items(self, hub: int, behaviour: str) -> float:
        """What one more client adds to the items of a behaviour, times the clients."""
        items = self.items
        result = 0.0
        for item, amount in enumerate(items["amount"]):
            driver = VOLUMES[items["driver"][item]]
            if (items["hub"][item], BEHAVIOURS[items["behaviour"][item]]) == (hub, behaviour):
                price = amount * items["share"][item] * items["index_factor"][item]
                capacity = items["step_capacity"][item] if behaviour == "step" else 1.0
                result += 0.0 if driver in UNMOVED else self.delivered[hub][driver] * price / capacity
        return result

    def marginal_of_staff(self, hub: int) -> float:
        """Hours that follow clients, bought as new posts with NI of their own."""
        s, step = self.staff, self.staff["step_wte"]
        result = 0.0
        for (h, activity, pool, _), hours in self.hours.items():
            if h != hub or VOLUMES[self.activities["driver"][activity]] in UNMOVED or not hours:
                continue
            for post in (p for p in range(self.n_posts) if s["pool"][p] == pool):
                cost = self.post_cost(post, step, self.ni(self.pay(post, step)))
                indexed = sum(
                    amount * s["index_factor"][COMPONENTS.index(name)] for name, amount in cost.items()
                )
                year = (s["working_hours"][post] + s["sickness_hours"][post]) * step
                mine = self.post_hours(post, hub) / self.pool_hours(hub, pool)
                result += hours * mine * indexed / year
        return result


def _bridge_of_time(component: str, kind: str, stage: str | None) -> str:
    if component in OVERHEADS:
        return "overhead"
    if component not in STAFF_COST:
        return component
    if kind == "unused":
        return "unused"
    if stage in ("outreach", "team_sessions"):
        return "team_and_outreach"
    return stage if stage in ("supervision", "administration") else kind


def _dot(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def _plain(part: Any, draw: int) -> dict[str, Any]:
    values = {}
    for name, value in vars(part).items():
        if hasattr(value, "ndim"):
            values[name] = (value[min(draw, len(value) - 1)] if value.ndim > 1 else value).tolist()
        else:
            values[name] = value
    return values
