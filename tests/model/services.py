"""Services through time: the toy followed month by month, and random services of any shape."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from costmodel.model.draws import in_every_draw
from costmodel.model.front_door import QUEUES
from costmodel.model.ledger import hours_by_pool, wte_by_hub
from costmodel.model.pathway import cohort, registered_a_year
from costmodel.model.staffing import staff_costs
from costmodel.model.through_time import ThroughTime, through_time
from costmodel.model.time_inputs import TimeInputs
from costmodel.model.types import ActivityInputs, ModelInputs, PathwayInputs, Stage, Volume
from tests.model.single_hub import no_items, no_service_use, posts
from tests.model.toy import by_draw, toy_inputs, with_ledger

FRONT = (Volume.SCREENED, Volume.TRIAGED)
BESIDE = (
    Volume.CONTACTED, Volume.ASSESSED, Volume.SIGNPOSTED, Volume.NAVIGATED, Volume.BRIEF_SUPPORT,
    Volume.BRIEF_SESSIONS, Volume.TEAM_ATTENDANCES, Volume.STAFF_WTE, Volume.HUB, Volume.EXTERNAL_THERAPY,
)  # fmt: skip
BRIEF = frozenset({Volume.BRIEF_SUPPORT, Volume.BRIEF_SESSIONS})
THERAPY = (Volume.THERAPY_STARTS, Volume.ATTENDED_SESSIONS, Volume.COMPLETIONS, Volume.DROPOUTS)


def steady_time(inputs: ModelInputs, n_steps: int = 12, per_year: int = 12, **changes: Any) -> TimeInputs:
    """Return what a service that neither changes nor has lists reads, with no limit but its hours."""
    registered = registered_a_year(inputs.pathway)
    n_draws, n_hubs = registered.shape
    values: dict[str, Any] = {
        "steps_per_year": per_year,
        "arrivals": np.repeat(registered[..., None] / per_year, n_steps, axis=2),
        "staff_multiplier": np.ones((n_draws, n_steps)),
        "productive": np.ones((1, 1)),
        "new_starter_output": np.ones(1),
        "awaiting": np.zeros((n_draws, n_hubs, len(QUEUES))),
        "awaiting_attrition": np.zeros((n_draws, n_hubs)),
        "attrition": np.zeros((n_draws, n_hubs)),
        "opening_list": np.zeros((n_draws, n_hubs)),
        "opening_ages": np.zeros((1, n_hubs, 1)),
        "opening_caseload": np.full((n_draws, n_hubs), np.nan),
        "retention": np.array([1.0, 0.8, 0.5, 0.2]),
        "class_shares": np.ones(1),
        "targets": np.array([1.5, 4.0]),
        "caseload_per_wte": np.full((1, 1), np.inf),
        "supervised_per_wte": np.full((1, 1), np.inf),
        "supervising_pool": 0,
        "room_sessions": np.full((1, n_hubs), np.inf),
    }
    return TimeInputs(**{**values, **changes})


def toy_service(n_draws: int = 5, n_steps: int = 12, per_year: int = 12, **changes: Any) -> ModelInputs:
    """Return the toy with lists at every stage, leave by step and a cap of the caseload."""
    inputs = toy_inputs(n_draws)
    leave = 1.0 + 0.2 * np.cos(2.0 * np.pi * np.arange(n_steps) / per_year)
    values: dict[str, Any] = {
        "staff_multiplier": by_draw(leave / leave[:per_year].mean(), n_draws, -0.01),
        "awaiting": by_draw(np.arange(18).reshape(3, 6), n_draws, 0.1),
        "awaiting_attrition": by_draw([0.02, 0.05, 0.0], n_draws, 0.2),
        "attrition": by_draw([0.03, 0.0, 0.1], n_draws, 0.3),
        "opening_list": by_draw([12.0, 30.0, 3.0], n_draws, 0.1),
        "opening_ages": np.array([[[0.0, 0.0], [0.75, 0.25], [0.0, 0.0]]]),
        "opening_caseload": np.where(np.arange(3) == 2, 1.5, np.nan) * np.ones((n_draws, 1)),
        "class_shares": np.array([0.3, 0.7]),
        "caseload_per_wte": by_draw([12.0], n_draws, 0.05),
        "supervised_per_wte": by_draw([30.0], n_draws, 0.05),
    }
    return replace(inputs, time=steady_time(inputs, n_steps, per_year, **{**values, **changes}))


def followed(inputs: ModelInputs) -> ThroughTime:
    """Return the run through time by itself."""
    inputs = in_every_draw(inputs)
    assert inputs.time is not None
    staff = staff_costs(inputs.staff)
    demand = cohort(inputs.pathway, wte_by_hub(inputs, staff))
    return through_time(inputs, inputs.time, staff, demand, hours_by_pool(inputs, staff))


def cut_inputs(inputs: ModelInputs, n_steps: int) -> ModelInputs:
    """Return inputs whose time ends after a number of steps."""
    time = inputs.time
    assert time is not None
    arrivals, multiplier = time.arrivals[..., :n_steps], time.staff_multiplier[:, :n_steps]
    return replace(inputs, time=replace(time, arrivals=arrivals, staff_multiplier=multiplier))


def with_arrays(inputs: ModelInputs, change: Any) -> ModelInputs:
    """Return inputs with every array that has a draw axis changed."""
    parts: dict[str, Any] = {}
    for name in ("staff", "pathway", "activities", "items", "service_use", "time"):
        part = getattr(inputs, name)
        arrays = {field.name: getattr(part, field.name) for field in fields(part)}
        by_draw_ = {n: change(a) for n, a in arrays.items() if isinstance(a, np.ndarray) and a.ndim > 1}
        parts[name] = replace(part, **by_draw_)
    return replace(inputs, **parts)


def arrays_of(value: Any, name: str = "") -> dict[str, np.ndarray]:
    """Return every array inside, by dotted name."""
    if isinstance(value, np.ndarray):
        return {name: value}
    if is_dataclass(value):
        inside = [arrays_of(getattr(value, field.name), f"{name}.{field.name}") for field in fields(value)]
        return {key: array for part in inside for key, array in part.items()}
    return {}


class RandomService:
    """A service drawn from a seed: Hubs, draws, pools, activities in any order, lists everywhere."""

    def __init__(self, seed: int, n_steps: int, per_year: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.n_draws, self.n_hubs, self.n_pools = (int(self.rng.integers(1, 4)) for _ in range(3))
        self.n_steps, self.per_year = n_steps, per_year

    def inputs(self) -> ModelInputs:
        """Return the service."""
        activities = self._activities()
        n_posts = self.n_pools * self.n_hubs
        share = np.zeros((1, n_posts, self.n_hubs))
        share[0, np.arange(n_posts), np.arange(n_posts) // self.n_pools] = 1.0
        wte = self._some_zero(self._uniform(0.2, 6.0, n_posts), 0.15)
        staff = replace(
            posts([40_000.0] * n_posts, [1.0] * n_posts),
            wte=wte,
            hub_share=share,
            pool=np.tile(np.arange(self.n_pools), self.n_hubs),
            n_pools=self.n_pools,
        )
        inputs = with_ledger(staff, self._pathway(), activities, no_items(), no_service_use())
        return replace(inputs, time=self._time(inputs))

    def _uniform(self, low: float, high: float, *shape: int) -> np.ndarray:
        return self.rng.uniform(low, high, (self.n_draws, *shape))

    def _some_zero(self, values: np.ndarray, share: float) -> np.ndarray:
        return np.where(self.rng.random(values.shape) < share, 0.0, values)

    def _shares(self, *shape: int) -> np.ndarray:
        """Return shares of which some are 0 and some 1."""
        return np.clip(self._uniform(-0.3, 1.3, *shape), 0.0, 1.0)

    def _pathway(self) -> PathwayInputs:
        hubs = self.n_hubs
        support = self.rng.dirichlet(np.ones(4), (self.n_draws, hubs))
        return PathwayInputs(
            eligible_workforce=np.full((1, hubs), 1e6),
            outreach_contacts=self._uniform(0.0, 500.0, hubs),
            targeted_outreach_contacts=self._uniform(0.0, 50.0, hubs),
            registrations=self._some_zero(self._uniform(0.0, 600.0, hubs), 0.15),
            registered_share_of_targeted=self._some_zero(self._shares(hubs), 0.5),
            screened_share=self._shares(hubs),
            triaged_share=self._shares(hubs),
            assessed_share=self._shares(hubs),
            therapy_share=self._shares(hubs),
            signposted_share=support[..., 0],
            navigated_share=support[..., 1],
            brief_share=support[..., 2],
            hub_share_of_therapy=self._shares(hubs),
            dropout_share=self._uniform(0.0, 0.6, hubs),
            sessions_per_completion=self._uniform(4.0, 12.0, hubs),
            sessions_per_dropout=self._uniform(0.5, 4.0, hubs),
            brief_sessions_per_client=self._some_zero(self._uniform(0.0, 4.0, hubs), 0.2),
            team_attendances=self._uniform(0.0, 300.0, hubs),
        )

    def _drivers(self) -> list[Volume]:
        before = [*FRONT, *self.rng.choice(BESIDE, 3, replace=False)]
        self.rng.shuffle(before)
        therapy = list(self.rng.choice(THERAPY, self.rng.integers(0, 3), replace=False))
        # Parameter files refuse to serve people who wait for a stage on both sides of therapy.
        taken = {*before, *(BRIEF if not BRIEF.isdisjoint(before) else ())}
        after = [driver for driver in self.rng.choice(BESIDE, 3, replace=False) if driver not in taken]
        if therapy and self.rng.random() < 0.5:
            after.insert(1, int(Volume.ATTENDED_SESSIONS))
        return [Volume(int(driver)) for driver in (*before, *therapy, *after)]

    def _activities(self) -> ActivityInputs:
        drivers = self._drivers()
        n = len(drivers)
        minutes = self._some_zero(self._uniform(0.0, 300.0, self.n_hubs, n, self.n_pools), 0.3)
        whole_year = [driver in (Volume.HUB, Volume.STAFF_WTE) for driver in drivers]
        minutes[:, :, whole_year] *= 200.0
        dna_rate = self._some_zero(self._uniform(0.0, 0.4, n), 0.5)
        dna_rate = np.where(self.rng.random(dna_rate.shape) < 0.05, 1.0, dna_rate)
        return ActivityInputs(
            driver=np.array([int(driver) for driver in drivers]),
            stage=np.full(n, int(Stage.THERAPY)),
            minutes=minutes,
            direct_only=self.rng.random(n) < 0.5,
            indirect_ratio=self._uniform(0.0, 0.6, self.n_pools),
            dna_rate=dna_rate,
            dna_slot_share=self._shares(n),
            group_size=self._uniform(1.0, 3.0, n),
        )

    def _time(self, inputs: ModelInputs) -> TimeInputs:
        hubs, steps = self.n_hubs, self.n_steps
        # A year's work is that of the posts or less, and in some steps nobody works.
        work = self._some_zero(self._uniform(0.2, 1.8, steps), 0.15)
        average = np.maximum(work[:, : self.per_year].mean(axis=1, keepdims=True), 1e-3)
        registered = registered_a_year(inputs.pathway)[..., None] / self.per_year
        ages = self.rng.dirichlet(np.ones(5), (1, hubs)) * (self.rng.random((1, hubs, 1)) < 0.5)
        classes = self.rng.dirichlet(np.ones(self.rng.integers(1, 4)))
        capped = self.rng.random() < 0.5
        ending = np.sort(self.rng.uniform(0.05, 1.0, self.rng.integers(0, 5)))[::-1]
        return steady_time(
            inputs,
            steps,
            self.per_year,
            arrivals=self._some_zero(registered * self._uniform(0.0, 2.0, hubs, steps), 0.1),
            staff_multiplier=self._uniform(0.8, 1.0, 1) * work / average,
            awaiting=self._some_zero(self._uniform(0.0, 30.0, hubs, len(QUEUES)), 0.3),
            awaiting_attrition=self._shares(hubs),
            attrition=self._shares(hubs),
            opening_list=self._some_zero(self._uniform(0.0, 60.0, hubs), 0.2),
            opening_ages=ages,
            opening_caseload=np.full((1, hubs), np.nan if capped else self.rng.uniform(0.0, 20.0)),
            retention=np.array([1.0, *ending]),
            class_shares=classes,
            caseload_per_wte=np.full((1, 1), 10.0 if capped else np.inf),
            supervised_per_wte=np.full((1, 1), 25.0 if capped else np.inf),
            supervising_pool=self.n_pools - 1,
            room_sessions=np.where(self.rng.random((1, hubs)) < 0.3, 5.0, np.inf),
        )
