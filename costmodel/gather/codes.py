"""What the words of the parameter files are in the model: its codes, who pays in which perspective."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from costmodel.model.types import Behaviour, Component, Payer, Perspective, Stage, Volume

PAYERS_OF_PERSPECTIVE: Final[dict[Perspective, frozenset[Payer]]] = {
    Perspective.NHS_PSS: frozenset(
        {Payer.HUB_HOST, Payer.ICB, Payer.NHSE_CENTRAL, Payer.OTHER_NHS, Payer.LOCAL_AUTHORITY}
    ),
    Perspective.HUB_HOST: frozenset({Payer.HUB_HOST}),
    Perspective.NHS_EMPLOYER: frozenset(
        {Payer.HUB_HOST, Payer.ICB, Payer.NHSE_CENTRAL, Payer.OTHER_NHS, Payer.EMPLOYER}
    ),
    Perspective.SOCIETAL: frozenset(Payer),
}
_NON_PAY_COMPONENTS: Final = (Component.OVERHEADS_NON_STAFF, Component.CAPITAL_OVERHEADS)


def index_of_component(component: Component) -> Literal["pay", "non_pay"]:
    """Return the price index that uprates a component of staff cost."""
    return "non_pay" if component in _NON_PAY_COMPONENTS else "pay"


def code_of(codes: type[Volume | Stage | Payer | Behaviour], name: str) -> int:
    """Return the code of a word, such as of the volume `therapy_starts`."""
    return int(codes[name.upper()])


def position_of(names: Sequence[str], name: str | None) -> int:
    """Return the place of a name on an axis, -1 where there is no name."""
    return -1 if name is None else names.index(name)
