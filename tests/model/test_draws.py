"""Results have a row a draw, whichever inputs vary, and do not depend on how draws are cut into pieces."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from costmodel.model.draws import in_every_draw
from costmodel.model.evaluate import ModelOutputs, evaluate
from tests.model.single_hub import hub_inputs
from tests.model.test_mini_hub import E01
from tests.model.toy import PARTS, take_draws, toy_inputs, with_ledger


def arrays_of(result: ModelOutputs) -> dict[str, np.ndarray]:
    """Return every array of the outputs that has a draw axis, by name."""
    found: dict[str, np.ndarray] = {"demand": result.demand}
    found |= {
        f"ledger.{name}": getattr(result.ledger, name)
        for name in ("quantity", "unit_price", "allocation_share", "cost")
    }
    found |= {
        f"outcomes.{name}": getattr(result.outcomes, name)
        for name in ("fully_absorbed", "activity_only", "service_use_per_client")
    }
    for part in ("staff", "delivery", "use", "outcomes"):
        value: Any = getattr(result, part)
        found |= {f"{part}.{field.name}": getattr(value, field.name) for field in fields(value)}
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 11])
def test_pieces_give_the_same_bytes_as_the_whole(size: int) -> None:
    n_draws = 11
    inputs = toy_inputs(n_draws)
    whole = arrays_of(evaluate(inputs))
    pieces = [
        arrays_of(evaluate(take_draws(inputs, slice(start, start + size))))
        for start in range(0, n_draws, size)
    ]
    for name, array in whole.items():
        together = np.concatenate([piece[name] for piece in pieces])
        assert together.tobytes() == array.tobytes(), name


@pytest.mark.parametrize("varying", PARTS)
def test_one_part_that_varies_gives_every_result_a_row_a_draw(varying: str) -> None:
    parts = {name: getattr(toy_inputs(1), name) for name in PARTS}
    parts[varying] = getattr(toy_inputs(5), varying)
    result = arrays_of(evaluate(with_ledger(**parts)))
    first = arrays_of(evaluate(toy_inputs(1)))
    for name, array in result.items():
        assert array.shape[0] == 5, name
        assert np.ascontiguousarray(array[:1]).tobytes() == first[name].tobytes(), name


def test_an_input_that_is_the_same_in_every_draw_may_have_one() -> None:
    inputs = toy_inputs()
    spread = in_every_draw(toy_inputs(staff={"wte": inputs.staff.wte[:1]}))
    assert spread.staff.wte.shape == (5, 7)
    assert np.array_equal(spread.staff.wte, np.repeat(inputs.staff.wte[:1], 5, axis=0))
    assert spread.staff.headcount.shape == (7,)
    assert spread.ledger.in_perspective.shape == (spread.ledger.hub.size, 4)


def test_inputs_that_disagree_about_the_number_of_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="could not be broadcast"):
        evaluate(toy_inputs(staff={"wte": toy_inputs(3).staff.wte}))


def test_a_run_of_one_draw() -> None:
    assert evaluate(hub_inputs(E01)).outcomes.hub_cost.shape == (1, 2, 4)
