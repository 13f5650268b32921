"""What only shows once a specification stands: years that no index reaches, and what is worth a warning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from costmodel.errors import Problem
from costmodel.inputs.references import problem_at
from costmodel.inputs.specification import ModelSpec
from costmodel.inputs.tree import KeyPath, Tree
from costmodel.inputs.waiting_file import GREEDY_STARTS

STALE_PRICE_YEARS: Final = 3


def price_problems(spec: ModelSpec, tree: Tree) -> Iterator[Problem]:
    """Yield the years that no index reaches, so that they stop a run before it starts."""
    places = Tree({}, spec.scenario.places)
    for move in spec.price_moves:
        for index, edition, *years in spec.uprating_steps(move):
            levels = spec.tables.price_series(index, edition).price_level_of_year
            for year in (year for year in years if year not in levels):
                first, last = min(levels, default="no year"), max(levels, default="no year")
                message = (
                    f"{index} of edition '{edition}' holds no price level of {year}; it has {first} to {last}"
                )
                if move.at.startswith("frame.") or year == spec.frame.price_year:
                    key = "price_year" if year == spec.frame.price_year else "edition"
                    yield problem_at(places, ("frame", key), message)
                else:
                    yield problem_at(tree, _place_of_year(tree, move.at), message)


def _place_of_year(tree: Tree, name: str) -> KeyPath:
    """Return where the price year of a parameter is said: in its record, or in the row that it names."""
    path = tuple(name.split("."))
    choices = ((*path, "price_year"), (*path[:-1], f"{path[-1]}_row"))
    return next((choice for choice in choices if tree.has(choice)), path)


def warnings_of(spec: ModelSpec, of_parameters: Iterable[str]) -> Iterator[str]:
    """Yield what is worth a warning in a specification, beside the warnings of its parameters."""
    yield from of_parameters
    for difference in spec.differences:
        if difference.unchanged:
            yield f"{spec.scenario.name}: the override of {difference.name} changes nothing"
    yield from _hubs_without_overheads(spec)
    yield from _stale_prices(spec)
    yield from _unsettled_indices(spec)
    yield from _posts_to_fill(spec)
    if spec.waiting is not None and spec.waiting.starts == "greedy":
        yield GREEDY_STARTS


def _hubs_without_overheads(spec: ModelSpec) -> Iterator[str]:
    pooled = spec.rules.overheads.pooled
    if pooled is not None:
        charged = {pool.hub for pool in pooled.pools.values()}
        yield from (
            f"hub_{hub}: no overhead pool names it, so it bears none"
            for hub in spec.hubs
            if hub not in charged
        )


def _posts_to_fill(spec: ModelSpec) -> Iterator[str]:
    for post in spec.posts:
        months = spec.in_post_after(post)
        if months > 0.0:
            yield (
                f"{post.prefix} is neither paid nor working until it is filled {months:g} months from now: "
                "the year's cost is less than that of a year with everybody in post"
            )


def _stale_prices(spec: ModelSpec) -> Iterator[str]:
    this_year = int(spec.frame.price_year[:4])
    stale: dict[str, list[str]] = {}
    for parameter in spec.parameters.values():
        if parameter.price_year and this_year - int(parameter.price_year[:4]) > STALE_PRICE_YEARS:
            stale.setdefault(parameter.price_year, []).append(parameter.name)
    for year, names in sorted(stale.items()):
        yield f"prices of {year} are more than {STALE_PRICE_YEARS} years old: {', '.join(names)}"


def _unsettled_indices(spec: ModelSpec) -> Iterator[str]:
    unsettled: dict[tuple[str, str], dict[str, None]] = {}
    for move in spec.price_moves:
        for step in spec.uprating_steps(move):
            years = spec.tables.unsettled_years(*step)
            unsettled.setdefault(step[:2], {}).update(dict.fromkeys(years))
    for (index, edition), found in unsettled.items():
        if found:
            yield f"{index} of edition '{edition}' is provisional or forecast in {', '.join(sorted(found))}"
