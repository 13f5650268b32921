"""Staff unit costs: every staff type of an edition, of a file of one's own, and the Manuals reproduced.

A row of the reference tables (`tables`) or an entry of a file (`files`) becomes a staff type, and `build_up`
costs all of them at once. `editions` does so for an edition of the Manual, `published` sets what the Manuals
print beside ours.
"""

from costmodel.analysis.unit_costs.build_up import Components, Convention, OncostParts, UnitCost
from costmodel.analysis.unit_costs.editions import DEFAULT_EDITION, EditionError, unit_costs
from costmodel.analysis.unit_costs.files import StaffFileError, unit_costs_of_file
from costmodel.analysis.unit_costs.published import Measure, Reproduction, exceptions, reproduction
from costmodel.analysis.unit_costs.tables import Source

__all__ = [
    "DEFAULT_EDITION",
    "Components",
    "Convention",
    "EditionError",
    "Measure",
    "OncostParts",
    "Reproduction",
    "Source",
    "StaffFileError",
    "UnitCost",
    "exceptions",
    "reproduction",
    "unit_costs",
    "unit_costs_of_file",
]
