"""A plan of uncertain quantities, and the draws that a sampling design makes of it.

The draws of a quantity depend on the seed, on its own stream and on nothing else, unless a group or a
correlation block names it: quantities of a group share one column of uniforms, those of a block are
correlated by rank. The order in which quantities, components and blocks are given plays no part.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from costmodel.uncertainty import special
from costmodel.uncertainty.correlation import cholesky, correlate, spearman_to_pearson
from costmodel.uncertainty.errors import CorrelationError, UncertaintyError
from costmodel.uncertainty.joint import JointDistribution
from costmodel.uncertainty.sampling import Design
from costmodel.uncertainty.types import HIGHEST_UNIFORM, LOWEST_UNIFORM, Distribution, FloatArray


@dataclass(frozen=True)
class Variable:
    """One quantity.

    Parameters
    ----------
    name
        Its dotted name.
    distribution
        Its uncertainty, or :class:`~costmodel.uncertainty.distributions.Fixed`.
    stream
        Name of its random stream; its own name where empty. Kept when a quantity is renamed, so that its
        draws stay.
    group
        Quantities with the same group move together: they share the uniforms of the group's name.
    multiplier
        Factor applied to every draw and to the mean.
    """

    name: str
    distribution: Distribution
    stream: str = ""
    group: str | None = None
    multiplier: float = 1.0

    @property
    def stream_name(self) -> str:
        """The stream whose uniforms it uses."""
        return self.group or self.stream or self.name


@dataclass(frozen=True)
class JointVariable:
    """Several quantities that are uncertain together; component `a` of `split` is the quantity `split.a`.

    Parameters
    ----------
    name
        Dotted name of the record.
    components
        Names of its components, in the order of the distribution.
    distribution
        Their joint uncertainty.
    stream
        Name that replaces the record's in its random streams; the record's own where empty.
    multiplier
        Factor applied to every draw and to the means.
    """

    name: str
    components: tuple[str, ...]
    distribution: JointDistribution
    stream: str = ""
    multiplier: float = 1.0

    def __post_init__(self) -> None:
        n, wanted = len(self.components), self.distribution.n_components
        if n != wanted or len(set(self.components)) != n:
            raise UncertaintyError(f"{self.name}: needs {wanted} different component names; got {n}")

    @property
    def names(self) -> tuple[str, ...]:
        """Dotted names of the components."""
        return tuple(f"{self.name}.{component}" for component in self.components)

    @property
    def stream_names(self) -> tuple[str, ...]:
        """The streams whose uniforms it uses: one for each component, or one that picks a row."""
        stream = self.stream or self.name
        if self.distribution.shares_one_score:
            return (stream,)
        return tuple(f"{stream}.{component}" for component in self.components)


@dataclass(frozen=True, eq=False)
class CorrelationBlock:
    """Rank correlations between quantities.

    Parameters
    ----------
    names
        Dotted names of the quantities.
    matrix
        Spearman correlations, in the order of `names`. Shape (name, name).

    Raises
    ------
    CorrelationError
        If a name is given twice, or no quantities can have these correlations.
    """

    names: tuple[str, ...]
    matrix: FloatArray

    def __post_init__(self) -> None:
        if len(set(self.names)) != len(self.names) or len(self.names) < 2:
            raise CorrelationError(
                f"a correlation block needs two or more different names; got {', '.join(self.names)}"
            )
        matrix = np.array(self.matrix, dtype=np.float64)
        if matrix.shape != (len(self.names), len(self.names)):
            raise CorrelationError(
                f"the correlation matrix must have {len(self.names)} rows of {len(self.names)} numbers; "
                f"got shape {matrix.shape}"
            )
        matrix.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)
        _ = self.factor

    @cached_property
    def sorted_names(self) -> tuple[str, ...]:
        """The names in alphabetical order, which is that of `factor`."""
        return tuple(sorted(self.names))

    @cached_property
    def factor(self) -> FloatArray:
        """Lower triangular factor of the correlations of normal scores. Shape (sorted name, sorted name)."""
        order = [self.names.index(name) for name in self.sorted_names]
        spearman = self.matrix[np.ix_(order, order)]
        pearson = np.array([[spearman_to_pearson(float(value)) for value in row] for row in spearman])
        np.fill_diagonal(pearson, np.diag(spearman))
        return cholesky(pearson, self.sorted_names)


@dataclass(frozen=True)
class Plan:
    """Every quantity of a run.

    Parameters
    ----------
    variables, joint_variables, correlations
        Quantities, quantities that are uncertain together, and rank correlations between the former.

    Raises
    ------
    UncertaintyError
        If a name is given twice, or a group has the name of another stream.
    CorrelationError
        If a block names an unknown quantity, a group's quantity, or one that another block names.
    """

    variables: tuple[Variable, ...] = ()
    joint_variables: tuple[JointVariable, ...] = ()
    correlations: tuple[CorrelationBlock, ...] = ()

    def __post_init__(self) -> None:
        _require_different(self.names, "is given twice")
        _require_different(
            _streams_by_owner(self),
            "is the random stream of two quantities; to move them together, give both the same group",
        )
        _require_known_blocks(self)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of all quantities, components included."""
        single = [variable.name for variable in self.variables]
        return (*single, *(name for joint in self.joint_variables for name in joint.names))


def _streams_by_owner(plan: Plan) -> list[str]:
    groups = {variable.group for variable in plan.variables if variable.group}
    single = [variable.stream_name for variable in plan.variables if not variable.group]
    return [*sorted(groups), *single, *(s for joint in plan.joint_variables for s in joint.stream_names)]


def _require_different(names: Iterable[str], complaint: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise UncertaintyError(f"{name} {complaint}")
        seen.add(name)


def _require_known_blocks(plan: Plan) -> None:
    by_name = {variable.name: variable for variable in plan.variables}
    taken: set[str] = set()
    for name in (name for block in plan.correlations for name in block.names):
        if name not in by_name:
            raise CorrelationError(f"{name} is not a quantity of its own that correlations can name")
        if by_name[name].group:
            raise CorrelationError(
                f"{name} moves with the group {by_name[name].group}; it cannot be correlated too"
            )
        if name in taken:
            raise CorrelationError(f"{name} is in two correlation blocks; put all its correlations into one")
        taken.add(name)


def stream_names(plan: Plan) -> tuple[str, ...]:
    """Return the sorted names of the random streams that a plan uses, as a Sobol design needs them.

    Quantities without uncertainty use none.
    """
    single = {variable.stream_name for variable in plan.variables if variable.distribution.sd > 0.0}
    joint = {name for variable in plan.joint_variables for name in variable.stream_names}
    blocks = {
        variable.stream_name
        for block in plan.correlations
        for variable in plan.variables
        if variable.name in block.names
    }
    return tuple(sorted(single | joint | blocks))


def realise(plan: Plan, design: Design, start: int, stop: int) -> dict[str, FloatArray]:
    """Return the draws start, ..., stop - 1 of every quantity.

    Parameters
    ----------
    plan
        The quantities.
    design
        Where the uniforms come from.
    start, stop
        First draw and the one after the last. The same draw is the same bytes whatever they are.

    Returns
    -------
    Read-only arrays by name, each of shape (draw,), in the unit of the quantity.

    Examples
    --------
    >>> from costmodel.uncertainty.distributions import Fixed, Gamma
    >>> from costmodel.uncertainty.sampling import MonteCarlo
    >>> plan = Plan((Variable("minutes", Gamma(4.0, 15.0)), Variable("rate", Fixed(0.138))))
    >>> draws = realise(plan, MonteCarlo(seed=1, n=1_000), 0, 3)
    >>> draws["minutes"].shape, draws["rate"]
    ((3,), array([0.138, 0.138, 0.138]))
    """
    correlated = _correlated_uniforms(plan, design, start, stop)
    draws: dict[str, FloatArray] = {}
    for variable in plan.variables:
        draws[variable.name] = _realise_variable(variable, correlated, design, start, stop)
    for joint in plan.joint_variables:
        draws.update(_realise_joint(joint, design, start, stop))
    for values in draws.values():
        values.setflags(write=False)
    return draws


def _realise_variable(
    variable: Variable, correlated: Mapping[str, FloatArray], design: Design, start: int, stop: int
) -> FloatArray:
    if variable.distribution.sd == 0.0:
        return np.full(stop - start, variable.distribution.mean * variable.multiplier)
    uniforms = correlated.get(variable.name)
    if uniforms is None:
        uniforms = design.uniforms(variable.stream_name, start, stop)
    return variable.distribution.ppf(uniforms) * variable.multiplier


def _realise_joint(joint: JointVariable, design: Design, start: int, stop: int) -> dict[str, FloatArray]:
    """Realise components in alphabetical order, so that the order in the file plays no part."""
    order = _alphabetical(joint)
    streams = sorted(joint.stream_names)
    scores = [design.uniforms(stream, start, stop) for stream in streams]
    columns = joint.distribution.reordered(order).realise(scores)
    return {joint.names[i]: column * joint.multiplier for i, column in zip(order, columns, strict=True)}


def _alphabetical(joint: JointVariable) -> tuple[int, ...]:
    return tuple(sorted(range(len(joint.components)), key=lambda i: joint.components[i]))


def _correlated_uniforms(plan: Plan, design: Design, start: int, stop: int) -> dict[str, FloatArray]:
    by_name = {variable.name: variable for variable in plan.variables}
    uniforms: dict[str, FloatArray] = {}
    for block in plan.correlations:
        streams = [by_name[name].stream_name for name in block.sorted_names]
        scores = [special.ndtri(design.uniforms(stream, start, stop)) for stream in streams]
        for name, score in zip(block.sorted_names, correlate(scores, block.factor), strict=True):
            uniforms[name] = np.clip(special.ndtr(score), LOWEST_UNIFORM, HIGHEST_UNIFORM)
    return uniforms


def expected_values(plan: Plan) -> dict[str, float]:
    """Return every quantity at its mean: the base case.

    Examples
    --------
    >>> from costmodel.uncertainty.distributions import Gamma
    >>> expected_values(Plan((Variable("minutes", Gamma(4.0, 15.0), multiplier=2.0),)))
    {'minutes': 120.0}
    """
    values = {variable.name: variable.distribution.mean * variable.multiplier for variable in plan.variables}
    for joint in plan.joint_variables:
        for name, mean in zip(joint.names, joint.distribution.means, strict=True):
            values[name] = float(mean) * joint.multiplier
    return values


def percentile_values(plan: Plan, u: float) -> dict[str, dict[str, float]]:
    """Return every uncertain factor at its quantile `u`, with all that moves with it, for one-way analyses.

    A factor is a quantity, a group (all its quantities move), or a component of a joint distribution (the
    others take their expected values given that component: a split still adds up to 1). Correlated quantities
    move alone, which is what "one-way" says; quantities without uncertainty are no factors.

    Parameters
    ----------
    plan
        The quantities.
    u
        Probability, between 0 and 1.

    Returns
    -------
    By factor, the values of the quantities that it moves; the others stay at :func:`expected_values`.

    Examples
    --------
    >>> from costmodel.uncertainty.joint import Dirichlet
    >>> split = JointVariable("split", ("therapy", "brief"), Dirichlet((1.0, 1.0)))
    >>> moved = percentile_values(Plan(joint_variables=(split,)), 0.9)["split.therapy"]
    >>> {name: round(value, 6) for name, value in moved.items()}
    {'split.therapy': 0.9, 'split.brief': 0.1}
    """
    scores = np.array([u])
    values: dict[str, dict[str, float]] = {}
    for variable in plan.variables:
        if variable.distribution.sd > 0.0:
            quantile = float(variable.distribution.ppf(scores)[0]) * variable.multiplier
            values.setdefault(variable.group or variable.name, {})[variable.name] = quantile
    for joint in plan.joint_variables:
        for i, name in enumerate(joint.names):
            moved = joint.distribution.moved(i, u) * joint.multiplier
            values[name] = {other: float(value) for other, value in zip(joint.names, moved, strict=True)}
    return values
