"""Capital as an equivalent annual cost."""

from __future__ import annotations

import numpy as np

from costmodel.model.types import FloatArray

NO_DISCOUNTING = 1e-18


def annuity_factor(rate: float, years: float) -> float:
    """Return the present value of 1 paid at the end of each year: (1 - (1 + r)^-n) / r.

    Parameters
    ----------
    rate
        Discount rate, above -1. [share]
    years
        Life, above 0; need not be whole, and is infinite for land. [years]

    Returns
    -------
    [years]

    Raises
    ------
    ValueError
        If the life or the rate is out of range.

    References
    ----------
    .. [1] Drummond M et al. (2015). Methods for the Economic Evaluation of Health Care Programmes, 4th
       edition, chapter 7.

    Examples
    --------
    >>> round(annuity_factor(0.035, 5), 5)
    4.51505
    >>> annuity_factor(0.0, 5)
    5.0
    """
    if years <= 0:
        raise ValueError(f"the life of a capital item must be greater than 0 years; got {years:g}")
    if rate <= -1:
        raise ValueError(f"a discount rate must be greater than -1; got {rate:g}")
    if abs(rate) < NO_DISCOUNTING:
        return float(years)
    # Exact at small rates too, where 1 - (1 + r)^-n would lose every digit.
    return float(-np.expm1(-years * np.log1p(rate)) / rate)


def declining_annuity_factor(rates: FloatArray) -> float:
    """Return the annuity factor when the discount rate differs by year.

    Parameters
    ----------
    rates
        Discount rate of each year of life. Shape (year,). [share]

    References
    ----------
    .. [1] HM Treasury (2026). The Green Book, discount rates: 3.5% in years 0-30, 3.0% in years 31-75.

    Examples
    --------
    >>> round(declining_annuity_factor(np.array([0.035] * 30 + [0.03] * 30)), 4)
    25.3753
    """
    return float(np.cumprod(1.0 / (1.0 + rates)).sum())


def equivalent_annual_cost(
    purchase_cost: FloatArray,
    resale_value: FloatArray,
    rate: float,
    years: float,
    *,
    in_advance: bool = False,
) -> FloatArray:
    """Return the constant annual payment worth the same as buying now and reselling at the end of life.

    Parameters
    ----------
    purchase_cost, resale_value
        Any shape; resale may not exceed purchase. [GBP]
    rate
        [share]
    years
        [years]
    in_advance
        Payments at the start of each year instead of the end.

    Returns
    -------
    Shape of `purchase_cost`. [GBP/year]

    Raises
    ------
    ValueError
        If the resale value exceeds the purchase cost, or life or rate is out of range.

    Examples
    --------
    >>> equivalent_annual_cost(np.array([12_000.0]), np.array([0.0]), 0.035, 5).round(2)
    array([2657.78])
    """
    if np.any(resale_value > purchase_cost):
        raise ValueError("the resale value of a capital item must not exceed its purchase cost")
    factor = annuity_factor(rate, years) * (1.0 + rate if in_advance else 1.0)
    return np.asarray((purchase_cost - resale_value * (1.0 + rate) ** -years) / factor)
