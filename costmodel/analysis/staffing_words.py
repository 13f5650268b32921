"""What the cheapest staffing rests on, in words: shadow prices, and the assumption of equal outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from costmodel.analysis.staffing_question import Kind, lower, task_ids
from costmodel.analysis.staffing_types import Price
from costmodel.gather import Layout
from costmodel.inputs.staffing_file import StaffingFile
from costmodel.model.skill_mix import shadow_prices
from costmodel.model.skill_mix_types import Mix, Posts, Requirement, Tasks
from costmodel.units import WEEKS_PER_YEAR

_LEAST_PRICE: Final = 0.005


def prices_in_words(
    layout: Layout,
    options: StaffingFile,
    kinds: Sequence[Kind],
    posts: Posts,
    tasks: Tasks,
    named: Sequence[tuple[str, Requirement]],
    mix: Mix,
) -> Iterator[Price]:
    """Yield what one more unit of each constraint that binds is worth, in the draw that decides."""
    found = shadow_prices(posts, tasks, mix.deciding, tuple(requirement for _, requirement in named))
    if found.supervision > _LEAST_PRICE:
        yield Price("supervision", found.supervision, "GBP/hour", "one more hour of supervision")
    labels = [layout.spec.activities[name].label for name in task_ids(layout)]
    for name, label, price in zip(task_ids(layout), labels, found.need, strict=True):
        if price > _LEAST_PRICE:
            direct = layout.spec.activities[name].time_basis == "direct_only"
            brings = ", with the indirect time that it brings" if direct else ""
            words = f"one more hour of {lower(label)}{brings}"
            yield Price(f"need.{name}", float(price), "GBP/hour", words)
    for name, label, price in zip(task_ids(layout), labels, found.complexity, strict=True):
        if price > _LEAST_PRICE:
            words = f"an hour of {lower(label)} that turns out to be complex"
            yield Price(f"complex.{name}", float(price), "GBP/hour", words)
    for (name, _), price in zip(named, found.requirements, strict=True):
        if price > _LEAST_PRICE:
            yield _price_of_sum(options, name, float(price))
    for kind, least, most in zip(kinds, found.minimum, found.maximum, strict=True):
        if least > _LEAST_PRICE and kind.entry.shared is None:
            words = f"one WTE more that must be there: {kind.entry.post.label}"
            yield Price(f"minimum.{kind.name}", float(least), "GBP/(WTE*year)", words)
        if most > _LEAST_PRICE and kind.entry.shared is None:
            words = f"one WTE more that may be had: {kind.entry.post.label}"
            yield Price(f"maximum.{kind.name}", -float(most), "GBP/(WTE*year)", words)


def _price_of_sum(options: StaffingFile, name: str, price: float) -> Price:
    presence = {each.label: each for each in options.presence.values()}.get(name)
    if presence is None:
        return Price(name, price, "GBP/person", f"one more client in therapy, by the limit of {name}")
    if presence.hours is not None:
        words = f"one more hour a week: {lower(name)}"
        return Price(name, price * WEEKS_PER_YEAR, "GBP/(WTE*year)", words)
    return Price(name, price, "GBP/(WTE*year)", f"one WTE more that must be there: {lower(name)}")


def outcome_words(completion: float, equal: float, saving: float) -> str:
    """Return the assumption of equal outcomes, and how far completion could move, in words."""
    assumed = "This takes clients to do as well, whoever treats them; no study of Hubs compares staffing."
    if saving > 0.0:
        return (
            f"{assumed} With as many starts, completion could fall from {percent(completion)} to "
            f"{percent(equal)} before each completion costs as much as now; below that the cheaper staffing "
            "is the dearer one"
        )
    if equal > 1.0:
        return (
            f"{assumed} It costs more than now: with as many starts, no rise of completion from "
            f"{percent(completion)} could make a completion as cheap as now. What it buys is the wait"
        )
    return (
        f"{assumed} It costs more than now: with as many starts, completion would have to rise from "
        f"{percent(completion)} to {percent(equal)} before each completion costs no more than now. What it "
        "buys is the wait"
    )


def percent(share: float) -> str:
    """Return a share as a whole percentage."""
    return f"{100.0 * share:.0f}%"
