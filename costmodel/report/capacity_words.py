"""What the report says of waiting in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from costmodel.analysis.capacity_period import AWAITING, LIST_CHANGE, OPENING, PeriodFigure
from costmodel.analysis.capacity_types import NO_LIMIT, CapacityAnalysis, StepFigure
from costmodel.analysis.engines import EngineSteps
from costmodel.analysis.waiting_evidence import waiting_evidence
from costmodel.gather.through_time import OTHER_LIMITS
from costmodel.inputs.specification import ModelSpec
from costmodel.report.formatting import share
from costmodel.report.steps import long_name
from costmodel.text import NOT_APPLICABLE, in_sentence, sentence_list

NOBODY_WAITS = "Nobody is left waiting"
_OTHERS: Mapping[str, str] = {
    "caseload": "Caseload of those who give therapy",
    "supervision": "Supervision by senior staff",
    "rooms": "Rooms",
    NO_LIMIT: f"Nothing: {in_sentence(NOBODY_WAITS)}",
}
WHOSE = "People, weeks and hours are the same whoever pays: this chapter holds no costs."
SELDOM = 0.01
"""Share of draws up to which people waiting for a stage besides therapy are not worth a table. [share]"""
ENGINE_WORDS: Mapping[str, str] = {
    "markov": "random arrivals and courses, exact",
    "des": "clients one by one, simulated",
}


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
    waits = analysis.by_step(hub, "expected_wait")
    first, last = waits[0], waits[-1]
    later = "" if len(waits) == 1 else f"; one referred at the end of {_when(last)}, {_weeks(last)}"
    return (
        f"With every input at its mean, a person referred at the end of {_when(first)} can expect to wait "
        f"{_weeks(first)}{later}."
    )


def _weeks(figure: StepFigure) -> str:
    between = f"5 to 95% of draws: {number(figure.lower_5)} to {number(figure.upper_95)}"
    return f"{number(figure.base_case)} weeks ({between})"


def _list_sentence(analysis: CapacityAnalysis, hub: str) -> str:
    opening, change = analysis.over_period(hub, OPENING), analysis.over_period(hub, LIST_CHANGE)
    last = analysis.by_step(hub, "waiting")[-1]
    mean = change.mean or 0.0
    verb = "grows" if mean > 1.0 else "shrinks" if mean < -1.0 else "hardly changes,"
    return (
        f"Over {_count_of_months(analysis)} the list {verb} from {people(opening.mean)} people to "
        f"{people(last.mean)} on average (5 to 95% of draws: {people(last.lower_5)} to "
        f"{people(last.upper_95)}); it grows by more than a person in "
        f"{chance(change.share_of_draws or 0.0)} of draws."
    )


def _count_of_months(analysis: CapacityAnalysis) -> str:
    return "1 month" if analysis.months == 1 else f"{analysis.months} months"


def _binding_sentence(analysis: CapacityAnalysis, spec: ModelSpec, hub: str) -> str:
    labels = limit_labels(spec)
    bindings = [binding for binding in analysis.binding if binding.hub == hub]
    parts = []
    for binding in bindings[:1] + bindings[1:][-1:]:
        shares = binding.share_of_draws
        most = max(shares, key=lambda name: shares[name])
        what = (
            in_sentence(NOBODY_WAITS)
            if most == NO_LIMIT
            else f"{in_sentence(labels[most])} {'keep' if most in spec.pools else 'keeps'} more from starting"
        )
        parts.append(f"in {long_name(binding.calendar)} {what} in {chance(shares[most])} of draws")
    return f"What binds: {sentence_list(parts)}."


def awaiting_sentence(analysis: CapacityAnalysis) -> str:
    """Return that nobody waits for anything besides therapy, or nothing where somebody does."""
    if awaiting_of(analysis):
        return ""
    when = long_name(analysis.binding[-1].calendar)
    seldom = "" if not _seldom(analysis) else f" in at least {share(1.0 - SELDOM, 0)} of draws"
    return (
        f"Nobody waits before therapy: at the end of {when}, screening, triage, assessment and support have "
        f"kept up with those who come{seldom}."
    )


def _seldom(analysis: CapacityAnalysis) -> bool:
    """Return whether anybody waits for a stage besides therapy in any draw."""
    return any(figure.share_of_draws for figure in analysis.period if figure.name.startswith(AWAITING))


def awaiting_of(analysis: CapacityAnalysis) -> list[PeriodFigure]:
    """Return who waits for each stage besides therapy at the end, where anybody does in enough draws."""
    found = [figure for figure in analysis.period if figure.name.startswith(AWAITING)]
    return [figure for figure in found if (figure.share_of_draws or 0.0) > SELDOM]


def chance_sentences(analysis: CapacityAnalysis, spec: ModelSpec) -> Iterator[str]:
    """Yield what chance alone does to the lists at the base case; nothing with the fluid engine."""
    if not analysis.chance:
        return
    headings = hub_headings(spec)
    parts = []
    for hub, steps in analysis.chance.items():
        where = f"{headings[hub]}, " if len(analysis.hubs) > 1 else ""
        without = people(analysis.by_step(hub, "waiting")[-1].base_case)
        parts.append(
            f"{where}{people(float(steps.waiting[-1]))} on average{_error_words(steps)}, between "
            f"{people(float(steps.waiting_lower[-1]))} and {people(float(steps.waiting_upper[-1]))} with 90% "
            f"probability, where flows without chance give {without}"
            f"{f' ({class_words(steps)})' if steps.by_class else ''}"
        )
    yield (
        f"Chance alone, with every input at its mean ({analysis.engine} engine: "
        f"{ENGINE_WORDS[analysis.engine]}): people waiting at the end of "
        f"{long_name(analysis.binding[-1].calendar)}: {'; '.join(parts)}. This is the luck of who comes when "
        "and how long they stay; it is there however well the inputs are known."
    )


def _error_words(steps: EngineSteps) -> str:
    """Return the simulation error of the expected list at the end, where there is one."""
    if not steps.replications:
        return ""
    return f" (simulation error {people(float(steps.waiting_se[-1]))}, {steps.replications} replications)"


def class_words(steps: EngineSteps) -> str:
    """Return how long those who start have waited in each priority class."""
    waits = [
        f"{each.label} {number(each.wait)} weeks (simulation error {number(each.se)})"
        if each.wait == each.wait
        else f"{each.label}: nobody starts"
        for each in steps.by_class
    ]
    return f"mean wait of those who start, by priority class: {sentence_list(waits)}"


def sure_sentences(analysis: CapacityAnalysis) -> tuple[str, ...]:
    """Return what the bands hold, and what they do not."""
    a_step = f"from {analysis.step.name} to {analysis.step.name}"
    left_out = (
        f"They leave out the play of chance {a_step}, which costmodel run {analysis.scenario} --engine "
        "markov adds at the base case"
        if analysis.engine == "fluid"
        else f"They leave out the play of chance {a_step}, which is shown apart, at the base case"
    )
    return (
        f"How sure: bands hold 90% of {analysis.draws:,} draws, the same as those of the cost. They show "
        f"what is not known about the inputs. {left_out}, and a service that answers waits by working "
        "otherwise.",
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
    records = waiting_evidence(*specs)
    loose = [in_sentence(label) for label, evidence in records if evidence == "illustrative"]
    if not loose:
        return "Every input of the waiting list has a source."
    return (
        f"{len(loose)} of {len(records)} inputs of parameters/waiting.yaml are illustrative, without a "
        f"source: {'; '.join(loose)}. Put the Hub's own monthly return in their place before the figures "
        "here are used."
    )


def chance(value: float) -> str:
    """Return a share of draws in whole per cent; nearly none is not none, and nearly all is not all.

    Examples
    --------
    >>> chance(0.001), chance(0.42), chance(0.999), chance(1.0)
    ('under 1%', '42%', 'over 99%', '100%')
    """
    if 0.0 < value < 0.005:
        return "under 1%"
    return "over 99%" if 0.995 <= value < 1.0 else share(value, 0)


def number(value: float | None) -> str:
    """Return a number of weeks; one that does not exist has no end."""
    return "no end" if value is None or value == float("inf") else f"{value:,.1f}"


def people(value: float | None) -> str:
    """Return a number of people."""
    return NOT_APPLICABLE if value is None else f"{value:,.1f}"


def _when(figure: StepFigure) -> str:
    return long_name(figure.calendar)
