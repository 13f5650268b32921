"""The only place where parameter names become arrays.

`codes` says what the words of the files are in the model, `items` and `axes` what runs along the axes of its
arrays, `ledger_plan` which lines the ledger has, and `model_inputs` puts draws in their places.
"""

from costmodel.gather.codes import PAYERS_OF_PERSPECTIVE, index_of_component
from costmodel.gather.items import Item, item_price_year
from costmodel.gather.layout import Layout
from costmodel.gather.model_inputs import Draws, gather

__all__ = [
    "PAYERS_OF_PERSPECTIVE",
    "Draws",
    "Item",
    "Layout",
    "gather",
    "index_of_component",
    "item_price_year",
]
