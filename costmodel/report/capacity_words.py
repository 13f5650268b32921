"""What the report says of waiting in words and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from costmodel.analysis.capacity import NO_LIMIT, CapacityAnalysis, MonthFigure
from costmodel.analysis.capacity_period import LIST_CHANGE, OPENING
from costmodel.gather.through_time import OTHER_LIMITS
from costmodel.inputs.records import JointRecord, Record
from costmodel.inputs.specification import ModelSpec
from costmodel.report.figures_capacity import month_words
from costmodel.report.formatting import share
from costmodel.report.tables import Row, Table
from costmodel.text import NOT_APPLICABLE, capitalised, in_sentence, sentence_list

_OTHERS: Mapping[str, str] = {
    "caseload": "Caseload of those who give therapy",
    "supervision": "Supervision by senior staff",
    "rooms": "Rooms",
    NO_LIMIT: "Nothing: nobody is left waiting",
}
WHOSE = "People, weeks and hours are the same whoever pays: this chapter holds no costs."


def limit_labels(spec: ModelSpec) -> dict[str, str]:
    """Return what each limit is called, staff pools first and that nobody is left waiting last."""
    hours = {pool: f"Hours of {in_sentence(record.label)}" for pool, record in spec.pools.items()}
    return {**hours, **{name: _OTHERS[name] for name in (*OTHER_LIMITS, NO_LIMIT)}}


def hub_headings(spec: ModelSpec) -> dict[str, str]:
    """Return the label of each Hub."""
    return {hub: record.label for hub, record in spec.hubs.items()}


def commissioner_sentences(analysis: CapacityAnalysis, spec: ModelSpec) -> Iterator[str]:
    """Yield how long people wait, whether the list grows and what binds, Hub by Hub."""
    headings = hub_headings(spec)
    for hub in analysis.hubs:
        where = f"{headings[hub]}: " if len(analysis.hubs) > 1 else ""
        parts = (
            _wait_sentence(analysis, hub),
            _list_sentence(analysis, hub),
            _binding_sentence(analysis, spec, hub),
        )
        yield f"{where}{' '.join(parts)}"


def _wait_sentence(analysis: CapacityAnalysis, hub: str) -> str:
    first, *_, last = analysis.by_month(hub, "expected_wait") * 2
    later = (
        "" if first.month == last.month else f", and one referred at the end of {_month(last)} {_weeks(last)}"
    )
    return (
        f"With every input at its mean, a person referred at the end of {_month(first)} can expect to wait "
        f"{_weeks(first)}{later}."
    )


def _weeks(figure: MonthFigure) -> str:
    between = f"5 to 95% of draws: {_number(figure.lower_5)} to {_number(figure.upper_95)}"
    return f"{_number(figure.base_case)} weeks ({between})"


def _list_sentence(analysis: CapacityAnalysis, hub: str) -> str:
    opening, change = analysis.over_months(hub, OPENING), analysis.over_months(hub, LIST_CHANGE)
    last = analysis.by_month(hub, "waiting")[-1]
    if opening.mean is None or change.mean is None or change.share_longer is None:
        return "Whether the list grows is not known: no draw is possible."
    verb = "grows" if change.mean > 1.0 else "shrinks" if change.mean < -1.0 else "hardly changes,"
    grows = _chance(change.share_longer)
    return (
        f"Over {analysis.months} months the list {verb} from {_people(opening.mean)} people to "
        f"{_people(last.mean)} on average ({_people(last.lower_5)} to {_people(last.upper_95)}); it grows in "
        f"{grows} of draws."
    )


def _binding_sentence(analysis: CapacityAnalysis, spec: ModelSpec, hub: str) -> str:
    labels = limit_labels(spec)
    bindings = [binding for binding in analysis.binding if binding.hub == hub]
    months = analysis.by_month(hub, "waiting")
    parts = []
    for binding, month in dict.fromkeys(((0, 0), (len(months) - 1, len(months) - 1))):
        shares = bindings[binding].share_of_draws
        most = max(shares, key=lambda name: shares[name])
        part = _chance(shares[most])
        what = (
            "nobody is left waiting"
            if most == NO_LIMIT
            else f"{in_sentence(labels[most])} {'keep' if most in spec.pools else 'keeps'} more from starting"
        )
        parts.append(f"in {_month(months[month])} {what} in {part} of draws")
    return f"What binds: {sentence_list(parts)}."


def month_table(analysis: CapacityAnalysis, spec: ModelSpec, hub: str) -> Table:
    """Return a Hub's waiting list month by month."""
    labels = {name: _shortly(label) for name, label in limit_labels(spec).items()}
    binding = {each.month: each for each in analysis.binding if each.hub == hub}
    where = f", {hub_headings(spec)[hub]}" if len(analysis.hubs) > 1 else ""
    rows = tuple(
        Row((*_month_cells(analysis, hub, figure), _binds(binding[figure.month].share_of_draws, labels)))
        for figure in analysis.by_month(hub, "waiting")
    )
    return Table(
        f"Waiting for therapy month by month{where}: means of {analysis.draws:,} draws, and what 5 to 95% of "
        "them span",
        (
            "Month",
            "Accepted, people",
            "Capacity to start, people",
            "Start, people",
            "Leave unserved, people",
            "Waiting at the end, people",
            "5 to 95%, people",
            "Wait of those who start, weeks",
            "Wait if referred now, base case, weeks",
            "5 to 95%, weeks",
            "Over 18 weeks, % of the list",
            "Binds most often, % of draws",
        ),
        rows,
        words=(0, 11),
        note="The wait if referred now is what a person referred at the end of the month can expect, with "
        "every input at its mean; where it has no end, nobody starts. Staff named in the last column are "
        "those whose hours bind. A month is 365.25 / 12 days.",
    )


def _month_cells(analysis: CapacityAnalysis, hub: str, waiting: MonthFigure) -> tuple[str, ...]:
    def of(name: str) -> MonthFigure:
        return analysis.figure(hub, name, waiting.month)

    now, over = of("expected_wait"), of("share_over_18_weeks")
    return (
        _short_month(waiting),
        *(_people(of(name).mean) for name in ("arrivals", "start_capacity", "starts", "left_list")),
        _people(waiting.mean),
        f"{_people(waiting.lower_5)} to {_people(waiting.upper_95)}",
        _number(of("mean_wait").mean),
        _number(now.base_case),
        f"{_number(now.lower_5)} to {_number(now.upper_95)}",
        share(over.mean, 0),
    )


def _binds(shares: Mapping[str, float], labels: Mapping[str, str]) -> str:
    if not shares:
        return NOT_APPLICABLE
    most = max(shares, key=lambda name: shares[name])
    return f"{labels[most]}, {_chance(shares[most])}"


def _shortly(label: str) -> str:
    """Return the label of a limit for a narrow column.

    Examples
    --------
    >>> _shortly("Hours of clinicians (bands 6 and 7)"), _shortly("Nothing: nobody is left waiting")
    ('Clinicians', 'Nobody waits')
    """
    if label == _OTHERS[NO_LIMIT]:
        return "Nobody waits"
    return capitalised(label.removeprefix("Hours of ").split(" (")[0])


def sure_sentences(analysis: CapacityAnalysis) -> tuple[str, ...]:
    """Return what the bands hold, and what they do not."""
    return (
        f"How sure: bands hold 90% of {analysis.draws:,} draws, the same as those of the cost. They show "
        "what is not known about the inputs. They leave out the play of chance from month to month, which "
        f"costmodel capacity {analysis.scenario} --engine markov adds, and a service that answers waits by "
        "working otherwise.",
        "The mean stands above the base case where a few draws have long lists: capacity that falls short "
        "lengthens a list for good, capacity to spare can only empty it.",
    )


def evidence_sentence(*specs: ModelSpec) -> str:
    """Return which inputs of waiting lists are illustrative, by name.

    Parameters
    ----------
    specs
        Made with `also=["waiting"]`.
    """
    records = list(dict.fromkeys(record for spec in specs for record in _records(spec)))
    loose = [in_sentence(label) for label, evidence in records if evidence == "illustrative"]
    if not loose:
        return "Every input of the waiting list has a source."
    return (
        f"{len(loose)} of {len(records)} inputs of parameters/waiting.yaml are illustrative, without a "
        f"source: {'; '.join(loose)}. Put the Hub's own monthly return in their place before the figures "
        "here are used."
    )


def _records(spec: ModelSpec) -> Iterator[tuple[str, str]]:
    """Yield label and class of evidence of every record of the run's waiting list."""
    if spec.waiting is None:
        return
    for name, value in spec.waiting:
        if name != "hubs":
            yield from _records_in(value)
    for hub in spec.hubs:
        yield from _records_in(spec.waiting.hubs[hub])


def _records_in(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, (Record, JointRecord)):
        yield value.label, value.evidence
    elif isinstance(value, BaseModel):
        for _, inner in value:
            yield from _records_in(inner)


def _chance(value: float) -> str:
    """Return a share of draws in whole per cent; nearly none is not none, and nearly all is not all."""
    if 0.0 < value < 0.005:
        return "under 1%"
    return "over 99%" if 0.995 <= value < 1.0 else share(value, 0)


def _month(figure: MonthFigure) -> str:
    return month_words(figure.calendar)


def _short_month(figure: MonthFigure) -> str:
    name, year = _month(figure).split()
    return f"{name[:3]} {year}"


def _number(value: float | None) -> str:
    return "no end" if value is None else f"{value:,.1f}"


def _people(value: float | None) -> str:
    return NOT_APPLICABLE if value is None else f"{value:,.1f}"
