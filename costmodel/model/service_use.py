"""Clients' use of other health and social care over the observed window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.model.arrays import ratio, total
from costmodel.model.types import FloatArray, ServiceUseInputs


@dataclass(frozen=True)
class ServiceUse:
    """Contacts and unit costs of one client in the observed window.

    Attributes
    ----------
    contacts
        After calibration. Shape (draw, service). [contacts/client]
    unit_cost
        In the results' price year. Shape (draw, service). [GBP/contact]
    calibration_factor
        What listed contacts were multiplied by. Shape (draw,). [ratio]
    """

    contacts: FloatArray
    unit_cost: FloatArray
    calibration_factor: FloatArray


def service_use(inputs: ServiceUseInputs) -> ServiceUse:
    """Return calibrated contacts and uprated unit costs.

    The published mean leaves Hub contacts out, so only services that are not the Hub's are calibrated to it.
    """
    outside_hub = np.where(inputs.is_hub, 0.0, 1.0)
    listed = total(inputs.contacts * inputs.unit_cost * outside_hub, axis=1)
    factor = ratio(inputs.published_mean[:, 0], listed) if inputs.calibrated else np.ones_like(listed)
    scale = np.where(inputs.is_hub, 1.0, factor[:, None])
    return ServiceUse(inputs.contacts * scale, inputs.unit_cost * inputs.index_factor, factor)


def total_cost_per_client(
    hub_cost_per_client: FloatArray, service_cost: FloatArray, *, includes_hub_contacts: bool
) -> FloatArray:
    """Return micro-costed Hub cost plus clients' use of other services.

    Parameters
    ----------
    hub_cost_per_client
        Micro-costed. Shape (draw, ...). [GBP/client]
    service_cost
        Clients' reported use. Shape broadcast with the first. [GBP/client]
    includes_hub_contacts
        Whether `service_cost` has Hub contacts in it.

    Raises
    ------
    ValueError
        If it has: the same contact is already in the micro-costed Hub cost.

    Examples
    --------
    >>> total_cost_per_client(np.array([1_500.0]), np.array([213.0]), includes_hub_contacts=False)
    array([1713.])
    """
    refuse_hub_contacts(includes_hub_contacts)
    return hub_cost_per_client + service_cost


def refuse_hub_contacts(included: bool) -> None:
    """Refuse clients' reported use that has Hub contacts in it.

    Raises
    ------
    ValueError
        If Hub contacts are included: the same contact is already in the micro-costed Hub cost.
    """
    if included:
        raise ValueError(
            "clients' reported use includes Hub contacts, which the micro-costed Hub cost already holds; "
            "adding them counts each Hub contact twice. Use the figure that excludes Hub contacts"
        )
