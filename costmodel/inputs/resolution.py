"""From validated records and tables to the parameters of a run, and the plan by which they are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from costmodel.errors import ParameterError, Problem
from costmodel.inputs.parameters import iter_model_records
from costmodel.inputs.records import JointRecord, Record, Source
from costmodel.inputs.reference_tables import ReferenceTables, RuleKind
from costmodel.inputs.rendering import render
from costmodel.inputs.schema import Correlations, CostingRules, Service
from costmodel.inputs.specification import Parameter, PostEntry
from costmodel.inputs.staff_files import RuleName, StaffDefinition
from costmodel.inputs.table_rows import OncostRule, StaffSchema
from costmodel.inputs.tree import Location, Tree
from costmodel.inputs.validation import StrictModel
from costmodel.uncertainty.distributions import Fixed
from costmodel.uncertainty.draws import CorrelationBlock, JointVariable, Plan, Variable
from costmodel.uncertainty.errors import CorrelationError
from costmodel.units import PER_WTE

_OVERHEADS = "costing_rules.overheads.percentage"


@dataclass(frozen=True)
class Resolved:
    """Parameters by name, with the variables that draw them and what their fits warn of."""

    parameters: dict[str, Parameter]
    variables: list[Variable]
    joint_variables: list[JointVariable]
    warnings: list[str]


@dataclass(frozen=True)
class StaffFigures:
    """What the tables say of a staff type in one edition: salary, capital overhead, hours, qualifications.

    `qualifications` is None where the Manual gives none. [GBP/(WTE*year); hours/(WTE*year)]
    """

    label: str
    band: str
    salary: float
    capital_overheads: float
    working_hours: float
    qualifications: float | None
    evidence: str
    source: Source | None
    price_year: str
    row: str


def staff_figures(tables: ReferenceTables, edition: str, staff_id: str) -> StaffFigures | None:
    """Return the figures of a staff type, or None where the edition has no such type."""
    for key, schema in tables.staff_schemas(edition).items():
        if schema.staff_id == staff_id:
            return _published(schema, f"staff_schemas.rows.{key}")
    for key, staff in tables.derived_staff.items():
        if (staff.staff_id or key) == staff_id and staff.edition == edition:
            price_year = next(iter(tables.staff_schemas(edition).values())).price_year
            return _derived(tables, staff, f"derived_staff.staff.{key}", price_year)
    return None


def staff_ids(tables: ReferenceTables, edition: str) -> list[str]:
    """Return the staff types of an edition."""
    published = [schema.staff_id for schema in tables.staff_schemas(edition).values()]
    derived = [
        staff.staff_id or key for key, staff in tables.derived_staff.items() if staff.edition == edition
    ]
    return published + derived


def resolve(
    tree: Tree,
    tables: ReferenceTables,
    models: Mapping[str, StrictModel | Mapping[str, StrictModel]],
    posts: Iterable[PostEntry],
    rules: CostingRules,
    services: Mapping[str, Service],
    edition: str,
    staff_price_year: str,
) -> Resolved:
    """Return every parameter of a run.

    Parameters
    ----------
    tree
        Where the records stand, for file and line.
    models
        Validated files of the run by stem.
    """
    resolved = Resolved({}, [], [], [])
    for prefix, model in models.items():
        for name, record in _records(prefix, model):
            _add_record(resolved, tree, tables, name, record)
    for entry in posts:
        _add_staff_figures(resolved, tree, tables, entry, rules, edition)
    _add_overhead_rules(resolved, tree, tables, rules)
    if rules.apprenticeship_levy == "include":
        row = tables.pay_rules["apprenticeship_levy_rate"]
        _add_fixed(
            resolved, tree, tables, "pay_rules.apprenticeship_levy_rate", row.label, row.value, row.unit, row
        )
    for period in tables.statutory_periods(staff_price_year):
        _add_oncost_rule(resolved, tree, tables, period.rule_id, tables.oncost_rules[period.rule_id])
    for name, service in services.items():
        if service.unit_cost_row is not None:
            _add_unit_cost(
                resolved, tree, tables, f"service_use.services.{name}.unit_cost", service.unit_cost_row
            )
    return resolved


def sampling_plan(resolved: Resolved, correlations: Correlations, tree: Tree) -> Plan:
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
    problems = list(_streams_given_twice(resolved, tree))
    blocks = []
    for block_id, correlation in correlations.rank_correlations.items():
        try:
            blocks.append(_block(correlation.parameters, correlation.matrix, resolved.parameters))
        except CorrelationError as error:
            problems.append(_problem(tree, f"correlations.rank_correlations.{block_id}.matrix", str(error)))
    if problems:
        raise ParameterError(problems)
    return Plan(tuple(variables), tuple(resolved.joint_variables), tuple(filter(None, blocks)))


def _streams_given_twice(resolved: Resolved, tree: Tree) -> Iterator[Problem]:
    owners = [(variable.stream_name, variable.name) for variable in resolved.variables]
    owners += [(stream, joint.name) for joint in resolved.joint_variables for stream in joint.stream_names]
    renamed_last = sorted(owners, key=lambda owner: owner[0] != owner[1])
    owner_of: dict[str, str] = {}
    for stream, name in renamed_last:
        owner = owner_of.setdefault(stream, name)
        if owner != name:
            message = (
                f"'{stream}' is the random stream of {owner} too; to move them together, put both into one "
                "group of correlations.yaml"
            )
            yield _problem(tree, f"{name}.stream", message)


def _problem(tree: Tree, name: str, message: str) -> Problem:
    place = tree.locate(tuple(name.split(".")))
    return Problem(place.file, place.line, name, message)


def cited(tables: ReferenceTables, source: Source | None) -> str:
    """Return a source as one line: citation, locator, address."""
    if source is None:
        return ""
    entry = tables.sources.get(source.id) if source.id else None
    citation = entry.citation if entry else source.citation
    url = source.url or (entry.url if entry else None)
    return f"{citation}, {source.locator}" + (f" <{url}>" if url else "")


def _block(
    names: list[str], matrix: list[list[float]], parameters: Mapping[str, Parameter]
) -> CorrelationBlock | None:
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


def _add_record(
    resolved: Resolved, tree: Tree, tables: ReferenceTables, name: str, record: Record | JointRecord
) -> None:
    location = tree.locate(tuple(name.split(".")))
    if isinstance(record, JointRecord):
        _add_joint(resolved, tables, name, record, location)
        return
    fitted = record.fitted
    resolved.parameters[name] = Parameter(
        name=name,
        label=record.label,
        expected=record.mean,
        sd=record.multiplier * fitted.distribution.sd,
        number=render(_number_of(record)),
        **_documented(tables, record, location),
    )
    resolved.variables.append(
        Variable(name, fitted.distribution, stream=record.stream or "", multiplier=record.multiplier)
    )
    resolved.warnings.extend(f"{name}: {text}" for text in fitted.warnings)


def _add_joint(
    resolved: Resolved, tables: ReferenceTables, name: str, record: JointRecord, location: Location
) -> None:
    means = record.means
    joint = record.fitted
    sds = dict.fromkeys(means, 0.0)
    if joint is not None:
        sds = dict(zip(joint.components, map(float, joint.distribution.sds), strict=True))
        resolved.joint_variables.append(
            JointVariable(name, joint.components, joint.distribution, stream=record.stream or "")
        )
        resolved.warnings.extend(f"{name}: {text}" for text in joint.warnings)
    for component, mean in means.items():
        dotted = f"{name}.{component}"
        resolved.parameters[dotted] = Parameter(
            name=dotted,
            label=record.components[component],
            expected=mean,
            sd=sds[component],
            number=render(_number_of(record)) if joint is not None else render(mean),
            **_documented(tables, record, location),
        )
        if joint is None:
            resolved.variables.append(Variable(dotted, Fixed(mean)))


def _number_of(record: Record | JointRecord) -> dict[str, Any]:
    keys = {"unit", "value", "distribution", "multiplier"}
    return record.model_dump(include=keys, exclude_none=True)


def _documented(tables: ReferenceTables, record: Record | JointRecord, location: Location) -> dict[str, Any]:
    return {
        "unit": record.unit,
        "evidence": record.evidence,
        "source": cited(tables, record.source),
        "price_year": record.price_year,
        "note": record.note,
        "assumed": record.assumed,
        "location": location,
    }


def _add_fixed(
    resolved: Resolved,
    tree: Tree,
    tables: ReferenceTables,
    name: str,
    label: str,
    value: float | None,
    unit: str,
    row: Any,
    *,
    price_year: str | None = None,
    at: str = "",
) -> None:
    """Add a number that a table gives."""
    number = float(value or 0.0)
    resolved.parameters[name] = Parameter(
        name=name,
        label=label,
        unit=unit,
        evidence=row.evidence,
        source=cited(tables, row.source),
        expected=number,
        sd=0.0,
        number=render(number),
        location=tree.locate(tuple((at or name).split("."))),
        price_year=price_year,
        note=getattr(row, "note", None),
    )
    resolved.variables.append(Variable(name, Fixed(number)))


def _add_staff_figures(
    resolved: Resolved,
    tree: Tree,
    tables: ReferenceTables,
    entry: PostEntry,
    rules: CostingRules,
    edition: str,
) -> None:
    """Add what the post's staff type gives and the post itself does not."""
    if entry.post.staff is None:
        return
    figures = staff_figures(tables, edition, entry.post.staff)
    if figures is None:
        return
    agency = entry.post.contract == "agency"
    wanted: dict[str, tuple[str, float | None, str]] = {
        "working_hours": ("working hours", figures.working_hours, "hours/(WTE*year)"),
        "capital_overheads": ("capital overhead", figures.capital_overheads, PER_WTE),
    }
    if not agency:
        wanted["salary"] = ("mean basic pay", figures.salary, PER_WTE)
    if rules.qualifications == "include" and not agency:
        wanted["qualifications"] = ("expected annual cost of training", figures.qualifications, PER_WTE)
    for field, (what, value, unit) in wanted.items():
        name = f"{entry.prefix}.{field}"
        if name in resolved.parameters:
            continue
        if value is None:
            resolved.warnings.append(
                f"{name}: the Manual gives no {what} for {entry.post.staff}; counted as 0"
            )
        else:
            label = f"{figures.label}, {what}"
            year = figures.price_year if unit == PER_WTE else None
            _add_fixed(
                resolved, tree, tables, name, label, value, unit, figures, price_year=year, at=figures.row
            )


def _add_overhead_rules(
    resolved: Resolved, tree: Tree, tables: ReferenceTables, rules: CostingRules
) -> None:
    percentage = rules.overheads.percentage
    if percentage is None:
        return
    for field in ("management", "non_staff"):
        given = getattr(percentage, field)
        if isinstance(given, RuleName):
            row = tables.overhead_rates[given.rule]
            label = f"Overheads on full staff cost: {row.component.replace('_', ' ')}"
            at = f"overhead_rates.rows.{given.rule}"
            _add_fixed(resolved, tree, tables, f"{_OVERHEADS}.{field}", label, row.rate, "share", row, at=at)


def _add_oncost_rule(
    resolved: Resolved, tree: Tree, tables: ReferenceTables, rule_id: str, row: OncostRule
) -> None:
    at = f"oncost_rules.rows.{rule_id}"
    for field, label, value, unit in (
        ("ni_rate", "Employer National Insurance rate", row.ni_rate, "share"),
        ("ni_threshold", "Employer National Insurance threshold", row.ni_threshold, "GBP/year"),
        ("pension_employer", "Pension paid by the employer", row.pension_rate_paid_by_employer, "share"),
        ("pension_central", "Pension paid centrally", row.pension_rate_paid_centrally, "share"),
    ):
        year = row.tax_year if unit == "GBP/year" else None
        name = f"oncost_rules.{rule_id}.{field}"
        _add_fixed(
            resolved, tree, tables, name, f"{label}, {row.tax_year}", value, unit, row, price_year=year, at=at
        )


def _add_unit_cost(resolved: Resolved, tree: Tree, tables: ReferenceTables, name: str, row_id: str) -> None:
    row = tables.service_unit_costs[row_id]
    at = f"service_unit_costs.rows.{row_id}"
    _add_fixed(
        resolved, tree, tables, name, row.label, row.value, row.unit, row, price_year=row.price_year, at=at
    )


def _published(schema: StaffSchema, row: str) -> StaffFigures:
    return StaffFigures(
        label=schema.label,
        band=schema.band or "",
        salary=schema.salary,
        capital_overheads=schema.capital_overheads,
        working_hours=schema.working_hours,
        qualifications=schema.qualifications,
        evidence=schema.evidence,
        source=schema.source,
        price_year=schema.price_year,
        row=row,
    )


def _derived(tables: ReferenceTables, staff: StaffDefinition, row: str, price_year: str) -> StaffFigures:
    def amount(kind: RuleKind, given: float | RuleName) -> float:
        value = tables.rule(kind, given.rule) if isinstance(given, RuleName) else given
        if isinstance(value, OncostRule):
            raise TypeError(f"{row}.{kind} names an on-cost rule")
        return value

    qualifications = staff.qualifications
    return StaffFigures(
        label=staff.label or row,
        band=staff.band or "",
        salary=staff.salary,
        capital_overheads=amount("capital_overheads", staff.capital_overheads),
        working_hours=amount("working_hours", staff.working_hours),
        qualifications=None if qualifications is None else amount("qualifications", qualifications),
        evidence=staff.evidence,
        source=staff.source,
        price_year=staff.price_year or price_year,
        row=row,
    )
