"""From validated records and tables to the parameters of a run, and the plan by which they are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from costmodel.errors import ParameterError, Problem
from costmodel.inputs.parameters import iter_model_records
from costmodel.inputs.records import JointRecord, Record, Source
from costmodel.inputs.reference_tables import ReferenceTables
from costmodel.inputs.rendering import render
from costmodel.inputs.schema import Correlations, CostingRules, Service
from costmodel.inputs.specification import Parameter, PostEntry
from costmodel.inputs.staff_figures import price_year_of, staff_figures
from costmodel.inputs.staff_files import RuleName
from costmodel.inputs.table_rows import OncostRule, Row
from costmodel.inputs.tree import Location, Tree
from costmodel.inputs.validation import StrictModel
from costmodel.uncertainty.distributions import Fixed
from costmodel.uncertainty.draws import CorrelationBlock, JointVariable, Plan, Variable
from costmodel.uncertainty.errors import CorrelationError
from costmodel.units import PER_WTE

LEVY: Final = "apprenticeship_levy_rate"
_OVERHEADS: Final = "costing_rules.overheads.percentage"


@dataclass(frozen=True)
class Resolved:
    """Parameters by name, with the variables that draw them and what a reader should know of them."""

    tree: Tree
    tables: ReferenceTables
    parameters: dict[str, Parameter] = field(default_factory=dict)
    variables: list[Variable] = field(default_factory=list)
    joint_variables: list[JointVariable] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    untrained: dict[str, None] = field(default_factory=dict)

    def add_record(self, name: str, record: Record | JointRecord) -> None:
        """Add what a parameter file says."""
        location = self.tree.locate(tuple(name.split(".")))
        if isinstance(record, JointRecord):
            self._add_joint(name, record, location)
            return
        fitted = record.fitted
        self.parameters[name] = Parameter(
            name=name,
            label=record.label,
            expected=record.mean,
            sd=record.multiplier * fitted.distribution.sd,
            number=render(_number_of(record)),
            **self._documented(record, location),
        )
        self.variables.append(
            Variable(name, fitted.distribution, stream=record.stream or "", multiplier=record.multiplier)
        )
        self.warnings.extend(f"{name}: {text}" for text in fitted.warnings)

    def _add_joint(self, name: str, record: JointRecord, location: Location) -> None:
        joint, means = record.fitted, record.means
        sds = dict.fromkeys(means, 0.0)
        if joint is None:
            self.variables.extend(
                Variable(f"{name}.{component}", Fixed(mean)) for component, mean in means.items()
            )
        else:
            sds = dict(zip(joint.components, map(float, joint.distribution.sds), strict=True))
            variable = JointVariable(name, joint.components, joint.distribution, stream=record.stream or "")
            self.joint_variables.append(variable)
            self.warnings.extend(f"{name}: {text}" for text in joint.warnings)
        for component, mean in means.items():
            self.parameters[f"{name}.{component}"] = Parameter(
                name=f"{name}.{component}",
                label=record.components[component],
                expected=mean,
                sd=sds[component],
                number=render(mean if joint is None else _number_of(record)),
                **self._documented(record, location),
            )

    def _documented(self, record: Record | JointRecord, location: Location) -> dict[str, Any]:
        return {
            "unit": record.unit,
            "evidence": record.evidence,
            "source": cited(self.tables, record.source),
            "price_year": record.price_year,
            "note": record.note,
            "assumed": record.assumed,
            "location": location,
        }

    def add_fixed(
        self,
        name: str,
        label: str,
        value: float,
        unit: str,
        row: Any,
        *,
        at: str,
        price_year: str | None = None,
    ) -> None:
        """Add a number that a table gives; `at` is the dotted name of its row."""
        self.parameters[name] = Parameter(
            name=name,
            label=label,
            unit=unit,
            evidence=row.evidence,
            source=cited(self.tables, row.source),
            expected=value,
            sd=0.0,
            number=render(value),
            location=self.tree.locate(tuple(at.split("."))),
            price_year=price_year,
            note=row.note if isinstance(row, Row) else None,
        )
        self.variables.append(Variable(name, Fixed(value)))


def resolve(
    tree: Tree,
    tables: ReferenceTables,
    models: Mapping[str, StrictModel | Mapping[str, StrictModel]],
    posts: Iterable[PostEntry],
    rules: CostingRules,
    services: Mapping[str, Service],
    edition: str,
) -> Resolved:
    """Return every parameter of a run.

    Parameters
    ----------
    tree
        Where the records stand, for file and line.
    tables
        Reference tables.
    models
        Validated files of the run by stem.
    posts, rules, services
        What of them takes its numbers from the tables.
    edition
        Edition of the Manual that staff figures come from.
    """
    resolved = Resolved(tree, tables)
    for prefix, model in models.items():
        for name, record in _records(prefix, model):
            resolved.add_record(name, record)
    for entry in posts:
        _add_staff_figures(resolved, entry, rules, edition)
    _add_overhead_rules(resolved, rules)
    if rules.apprenticeship_levy == "include":
        levy = tables.pay_rules[LEVY]
        resolved.add_fixed(
            f"pay_rules.{LEVY}",
            levy.label,
            float(levy.value or 0.0),
            levy.unit,
            levy,
            at=f"pay_rules.rows.{LEVY}",
        )
    for period in tables.statutory_periods(price_year_of(tables, edition)):
        _add_oncost_rule(resolved, period.rule_id, tables.oncost_rules[period.rule_id])
    for name, service in services.items():
        if service.unit_cost_row is not None:
            _add_unit_cost(resolved, f"service_use.services.{name}.unit_cost", service.unit_cost_row)
    if resolved.untrained:
        staff = ", ".join(resolved.untrained)
        resolved.warnings.append(f"the Manual gives no cost of qualifications, counted as 0, for {staff}")
    return resolved


def sampling_plan(resolved: Resolved, correlations: Correlations) -> Plan:
    """Return how the parameters are drawn: alone, in groups that move together, or correlated by rank.

    Groups and correlations may name parameters of Hubs that this run leaves out; those are passed over.

    Raises
    ------
    ParameterError
        If no parameters can have the correlations, or two parameters name one random stream.
    """
    group_of = {
        name: f"correlations.groups.{group_id}"
        for group_id, group in correlations.groups.items()
        for name in group.parameters
    }
    variables = [replace(variable, group=group_of.get(variable.name)) for variable in resolved.variables]
    problems = list(_streams_given_twice(resolved))
    blocks = []
    for block_id, correlation in correlations.rank_correlations.items():
        try:
            blocks.append(_block(correlation.parameters, correlation.matrix, resolved.parameters))
        except CorrelationError as error:
            name = f"correlations.rank_correlations.{block_id}.matrix"
            problems.append(_problem(resolved.tree, name, str(error)))
    if problems:
        raise ParameterError(problems)
    return Plan(tuple(variables), tuple(resolved.joint_variables), tuple(filter(None, blocks)))


def cited(tables: ReferenceTables, source: Source | None) -> str:
    """Return a source as one line: citation, locator, address."""
    if source is None:
        return ""
    entry = tables.sources.get(source.id) if source.id else None
    citation = entry.citation if entry else source.citation
    url = source.url or (entry.url if entry else None)
    return f"{citation}, {source.locator}" + (f" <{url}>" if url else "")


def _streams_given_twice(resolved: Resolved) -> Iterator[Problem]:
    owners = [(variable.stream_name, variable.name) for variable in resolved.variables]
    owners += [(stream, joint.name) for joint in resolved.joint_variables for stream in joint.stream_names]
    owner_of: dict[str, str] = {}
    for stream, name in sorted(owners, key=lambda owner: owner[0] != owner[1]):  # who names another's last
        owner = owner_of.setdefault(stream, name)
        if owner != name:
            message = (
                f"'{stream}' is the random stream of {owner} too; to move them together, put both into one "
                "group of correlations.yaml"
            )
            yield _problem(resolved.tree, f"{name}.stream", message)


def _problem(tree: Tree, name: str, message: str) -> Problem:
    place = tree.locate(tuple(name.split(".")))
    return Problem(place.file, place.line, name, message)


def _block(
    names: list[str], matrix: list[list[float]], parameters: Mapping[str, Parameter]
) -> CorrelationBlock | None:
    """Return the correlations of the parameters that the run has, once all are seen to be possible."""
    _ = CorrelationBlock(tuple(names), np.array(matrix))
    kept = [position for position, name in enumerate(names) if name in parameters]
    if len(kept) < 2:
        return None
    return CorrelationBlock(tuple(names[i] for i in kept), np.array(matrix)[np.ix_(kept, kept)])


def _records(
    prefix: str, model: StrictModel | Mapping[str, StrictModel]
) -> Iterator[tuple[str, Record | JointRecord]]:
    if isinstance(model, Mapping):
        for name, part in model.items():
            yield from iter_model_records(part, f"{prefix}.{name}")
    else:
        yield from iter_model_records(model, prefix)


def _number_of(record: Record | JointRecord) -> dict[str, Any]:
    keys = {"unit", "value", "distribution", "multiplier"}
    return record.model_dump(include=keys, exclude_none=True)


def _add_staff_figures(resolved: Resolved, entry: PostEntry, rules: CostingRules, edition: str) -> None:
    """Add what the post's staff type gives and the post itself does not."""
    post = entry.post
    figures = staff_figures(resolved.tables, edition, post.staff) if post.staff is not None else None
    if figures is None:
        return
    wanted: list[tuple[str, str, float | None, str]] = [
        ("working_hours", "working hours", figures.working_hours, "hours/(WTE*year)"),
        ("capital_overheads", "capital overhead", figures.capital_overheads, PER_WTE),
    ]
    if post.contract != "agency":
        wanted.append(("salary", "mean basic pay", figures.salary, PER_WTE))
        if rules.qualifications == "include":
            wanted.append(
                ("qualifications", "expected annual cost of training", figures.qualifications, PER_WTE)
            )
    for key, what, value, unit in wanted:
        name = f"{entry.prefix}.{key}"
        if value is None:
            resolved.untrained[str(post.staff)] = None
        elif name not in resolved.parameters:
            year = figures.price_year if unit == PER_WTE else None
            label = f"{figures.label}, {what}"
            resolved.add_fixed(name, label, value, unit, figures, price_year=year, at=figures.row)


def _add_overhead_rules(resolved: Resolved, rules: CostingRules) -> None:
    percentage = rules.overheads.percentage
    if percentage is None:
        return
    for key in ("management", "non_staff"):
        given = getattr(percentage, key)
        if isinstance(given, RuleName):
            row = resolved.tables.overhead_rates[given.rule]
            label = f"Overheads on full staff cost: {row.component.replace('_', ' ')}"
            at = f"overhead_rates.rows.{given.rule}"
            resolved.add_fixed(f"{_OVERHEADS}.{key}", label, row.rate, "share", row, at=at)


def _add_oncost_rule(resolved: Resolved, rule_id: str, row: OncostRule) -> None:
    at = f"oncost_rules.rows.{rule_id}"
    for key, label, value, unit in (
        ("ni_rate", "Employer National Insurance rate", row.ni_rate, "share"),
        ("ni_threshold", "Employer National Insurance threshold", row.ni_threshold, "GBP/year"),
        ("pension_employer", "Pension paid by the employer", row.pension_rate_paid_by_employer, "share"),
        ("pension_central", "Pension paid centrally", row.pension_rate_paid_centrally, "share"),
    ):
        year = row.tax_year if unit == "GBP/year" else None
        name, label = f"oncost_rules.{rule_id}.{key}", f"{label}, {row.tax_year}"
        resolved.add_fixed(name, label, float(value or 0.0), unit, row, price_year=year, at=at)


def _add_unit_cost(resolved: Resolved, name: str, row_id: str) -> None:
    row = resolved.tables.service_unit_costs[row_id]
    at = f"service_unit_costs.rows.{row_id}"
    value = float(row.value or 0.0)
    resolved.add_fixed(name, row.label, value, row.unit, row, price_year=row.price_year, at=at)
