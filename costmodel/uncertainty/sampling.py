"""Sampling designs: uniform scores by name and draw, the only random numbers of the whole program.

A stream belongs to a name, not to a position: its seed is the run's seed and the SHA-256 digest of the name.
Adding, removing or reordering names therefore changes no other stream, and scenarios that share a seed share
their draws.

What holds for which design:

=====================================  ===========  ===============  =====
property                               Monte Carlo  Latin hypercube  Sobol
=====================================  ===========  ===============  =====
same seed, same bytes, any chunk       yes          yes              yes
adding a name changes no other         yes          yes              no
first draws of a longer run            yes          no               no
scenarios with the same names paired   yes          yes              yes
=====================================  ===========  ===============  =====

References
----------
.. [1] Owen AB (2013). Monte Carlo theory, methods and examples, chapters 10 and 17.
.. [2] L'Ecuyer P, Lemieux C (2002). Recent advances in randomized quasi-Monte Carlo methods. In: Modeling
   Uncertainty. Springer, pages 419-474 (random digital shifts and independent replicates).
"""

import hashlib
import math
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from costmodel.uncertainty.errors import DesignError
from costmodel.uncertainty.types import HIGHEST_UNIFORM, LOWEST_UNIFORM, FloatArray

_Raw: TypeAlias = NDArray[np.uint64]

_FEWEST_REPLICATES: Final = 8
_SOBOL_BITS: Final = 30
_MOST_SOBOL_DIMENSIONS: Final = 21_201


class Design(Protocol):
    """What every sampling design offers."""

    @property
    def n(self) -> int:
        """Number of draws."""

    @property
    def replicates(self) -> int:
        """Number of independent replicates, whose means give the standard error."""

    def uniforms(self, name: str, start: int, stop: int) -> FloatArray:
        """Uniform scores of a name for the draws start, ..., stop - 1."""


def spawn_key(name: str) -> tuple[int, int, int, int]:
    """Return the four 32-bit numbers that set a name's stream apart.

    Parameters
    ----------
    name
        Any text; the same after Unicode normalisation (NFC) is the same name.

    Examples
    --------
    >>> spawn_key("unit_cost.band_7.hour")
    (3706338174, 173437649, 888576294, 3974533655)
    """
    digest = hashlib.sha256(unicodedata.normalize("NFC", name).encode("utf-8")).digest()
    words = [int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4)]
    return words[0], words[1], words[2], words[3]


def raw_stream(seed: int, name: str, start: int, stop: int) -> _Raw:
    """Return the 64-bit numbers start, ..., stop - 1 of a name's stream.

    Parameters
    ----------
    seed
        Seed of the run, 0 or more.
    name
        Name of the stream.
    start, stop
        First position and the one after the last.

    Examples
    --------
    >>> int(raw_stream(20240912, "unit_cost.band_7.hour", 0, 1)[0])
    9285713062607676173
    """
    sequence = np.random.SeedSequence(entropy=seed, spawn_key=spawn_key(name))
    generator = np.random.PCG64(sequence)
    generator.advance(start)
    return np.asarray(generator.random_raw(stop - start), dtype=np.uint64)


def named_uniforms(seed: int, name: str, start: int, stop: int) -> FloatArray:
    """Return uniforms start, ..., stop - 1 of a name's stream, for chances that are no parameter.

    Examples
    --------
    >>> named_uniforms(20240912, "unit_cost.band_7.hour", 0, 1).round(4)
    array([0.5034])
    """
    return _to_uniforms(raw_stream(seed, name, start, stop) >> np.uint64(11))


def _to_uniforms(bits: _Raw) -> FloatArray:
    """Return 53-bit numbers as uniforms; 0 becomes half the spacing, so that every quantile is finite."""
    scores = bits.astype(np.float64) * 2.0**-53
    return np.maximum(scores, LOWEST_UNIFORM)


def _require_range(start: int, stop: int, n: int) -> None:
    if not 0 <= start <= stop <= n:
        raise DesignError(f"draws {start} to {stop} lie outside the design, which holds {n}")


def _require_seed_and_size(seed: int, n: int) -> None:
    if seed < 0:
        raise DesignError(f"the seed must be 0 or more; got {seed}")
    if n < 1:
        raise DesignError(f"the number of draws must be at least 1; got {n}")


@dataclass(frozen=True)
class MonteCarlo:
    """Independent draws, the default: draw j does not depend on how many are made, nor on any other name.

    Parameters
    ----------
    seed
        0 or more.
    n
        Number of draws, at least 1.

    Examples
    --------
    >>> MonteCarlo(seed=20240912, n=3).uniforms("unit_cost.band_7.hour", 0, 3).round(6)
    array([0.50338 , 0.911672, 0.613738])
    """

    seed: int
    n: int

    def __post_init__(self) -> None:
        _require_seed_and_size(self.seed, self.n)

    @property
    def replicates(self) -> int:
        """One: the draws are independent."""
        return 1

    def uniforms(self, name: str, start: int, stop: int) -> FloatArray:
        """Uniform scores of a name for the draws start, ..., stop - 1."""
        _require_range(start, stop, self.n)
        return _to_uniforms(raw_stream(self.seed, name, start, stop) >> np.uint64(11))


@dataclass(frozen=True)
class LatinHypercube:
    """Stratified draws: within each replicate every name has one draw in each of n / replicates equal strata.

    Parameters
    ----------
    seed
        0 or more.
    n
        Number of draws, a multiple of `replicates`.
    replicates
        Independent Latin hypercubes, at least 8, whose means give the standard error.

    References
    ----------
    .. [1] McKay MD, Beckman RJ, Conover WJ (1979). A comparison of three methods for selecting values of
       input variables in the analysis of output from a computer code. Technometrics 21(2):239-245.

    Examples
    --------
    >>> scores = LatinHypercube(seed=1, n=32).uniforms("wte", 0, 4)
    >>> sorted((scores * 4).astype(int).tolist())
    [0, 1, 2, 3]
    """

    seed: int
    n: int
    replicates: int = 8

    def __post_init__(self) -> None:
        _require_seed_and_size(self.seed, self.n)
        _require_replicates(self.replicates)
        if self.n % self.replicates:
            below = self.n - self.n % self.replicates
            nearest = f"{below} or {below + self.replicates}" if below else f"{self.replicates}"
            raise DesignError(
                f"latin-hypercube needs a number of draws that is a multiple of its "
                f"{self.replicates} replicates; got {self.n}; use {nearest}"
            )

    def uniforms(self, name: str, start: int, stop: int) -> FloatArray:
        """Uniform scores of a name for the draws start, ..., stop - 1."""
        _require_range(start, stop, self.n)
        strata = self.n // self.replicates
        scores = np.empty(stop - start)
        for replicate, part, out in _parts(start, stop, strata):
            first = 2 * replicate * strata + strata  # after the numbers that order this replicate's strata
            jitter = raw_stream(self.seed, name, first + part.start, first + part.stop) >> np.uint64(11)
            order = _strata_order(self.seed, name, strata, replicate)[part]
            scores[out] = np.clip((order + _to_uniforms(jitter)) / strata, LOWEST_UNIFORM, HIGHEST_UNIFORM)
        return scores


@lru_cache(maxsize=512)
def _strata_order(seed: int, name: str, strata: int, replicate: int) -> NDArray[np.uint32]:
    """Return a permutation of the strata; kept, because chunks of a replicate share it."""
    first = 2 * replicate * strata
    order = np.argsort(raw_stream(seed, name, first, first + strata), kind="stable").astype(np.uint32)
    order.setflags(write=False)
    return order


@dataclass(frozen=True)
class Sobol:
    """Sobol points with independent random digital shifts: smallest error for means of smooth outcomes.

    Parameters
    ----------
    seed
        0 or more.
    n
        Number of draws, a power of two.
    names
        Every stream that will be asked for; their sorted order gives each its dimension.
    replicates
        Independent shifts of the same points, a power of two and at least 8, whose means give the standard
        error.

    References
    ----------
    .. [1] Joe S, Kuo FY (2008). Constructing Sobol sequences with better two-dimensional projections. SIAM
       Journal on Scientific Computing 30(5):2635-2654.

    Examples
    --------
    >>> design = Sobol(seed=1, n=64, names=("minutes", "wte"))
    >>> scores = design.uniforms("wte", 0, 8)
    >>> sorted((scores * 8).astype(int).tolist())
    [0, 1, 2, 3, 4, 5, 6, 7]
    """

    seed: int
    n: int
    names: tuple[str, ...]
    replicates: int = 8
    _dimension: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _require_seed_and_size(self.seed, self.n)
        _require_replicates(self.replicates)
        for value, what in ((self.replicates, "replicates"), (self.n, "draws")):
            if value & (value - 1):
                below = 2 ** (value.bit_length() - 1)
                raise DesignError(
                    f"sobol needs a number of {what} that is a power of two; got {value}; "
                    f"use {below} or {2 * below}"
                )
        if self.n < 2 * self.replicates:
            raise DesignError(
                f"sobol needs at least two draws in each of its {self.replicates} replicates; "
                f"got {self.n} draws; use {2 * self.replicates} or more"
            )
        if self.n > 2**_SOBOL_BITS:
            raise DesignError(f"sobol makes at most {2**_SOBOL_BITS} draws; got {self.n}; use monte-carlo")
        names = sorted(set(self.names))
        if len(names) > _MOST_SOBOL_DIMENSIONS:
            raise DesignError(
                f"sobol has at most {_MOST_SOBOL_DIMENSIONS} dimensions; got {len(names)} names"
            )
        object.__setattr__(self, "names", tuple(names))
        object.__setattr__(self, "_dimension", {name: i for i, name in enumerate(names)})

    def uniforms(self, name: str, start: int, stop: int) -> FloatArray:
        """Uniform scores of a name for the draws start, ..., stop - 1."""
        _require_range(start, stop, self.n)
        if name not in self._dimension:
            raise DesignError(f"{name} is not among the names that this sobol design was made for")
        points = self.n // self.replicates
        column = _sobol_points(len(self.names), points)[self._dimension[name]]
        shifts = raw_stream(self.seed, name, 0, self.replicates) >> np.uint64(11)
        scores = np.empty(stop - start)
        for replicate, part, out in _parts(start, stop, points):
            bits = column[part].astype(np.uint64) << np.uint64(53 - _SOBOL_BITS)
            scores[out] = _to_uniforms(bits ^ shifts[replicate])
        return scores


@lru_cache(maxsize=2)
def _sobol_points(n_dimensions: int, n_points: int) -> NDArray[np.uint32]:
    """Return the unshifted points as 30-bit numbers. Shape (dimension, point)."""
    from scipy.stats import qmc  # slow to import, and needed by this sampler alone

    engine = qmc.Sobol(d=max(n_dimensions, 1), scramble=False, bits=_SOBOL_BITS)
    points = np.ascontiguousarray((engine.random(n_points) * 2.0**_SOBOL_BITS).astype(np.uint32).T)
    points.setflags(write=False)
    return points


def _require_replicates(replicates: int) -> None:
    if replicates < _FEWEST_REPLICATES:
        raise DesignError(
            f"the standard error needs at least {_FEWEST_REPLICATES} independent replicates; got {replicates}"
        )


def _parts(start: int, stop: int, size: int) -> list[tuple[int, slice, slice]]:
    """Cut draws into replicates: (replicate, positions inside the replicate, positions inside the answer)."""
    parts = []
    for replicate in range(start // size, math.ceil(stop / size)):
        first, last = max(start, replicate * size), min(stop, (replicate + 1) * size)
        inside = slice(first - replicate * size, last - replicate * size)
        parts.append((replicate, inside, slice(first - start, last - start)))
    return parts
