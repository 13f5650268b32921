"""Sentences of the report: each says one result with its unit, its uncertainty and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from costmodel.analysis.hiring import cost_once_filled
from costmodel.analysis.summary import Uncertainty
from costmodel.report.content import ReportContent
from costmodel.report.formatting import (
    error_text,
    gap_text,
    headline,
    headline_interval,
    headline_mean,
    is_stable,
    quantity,
    relative_gap,
    share,
    unit_words,
)
from costmodel.results import Outcome
from costmodel.runner import Simulation
from costmodel.text import in_sentence, sentence_list

GAP_WARNING: Final = 0.10
GAP_ON_COVER: Final = 0.25
HEADLINES: Final = (
    ("total_hub_cost", "The whole cost of {hubs} in a year."),
    ("cost_per_registered", "The whole cost, spread over everyone who registers."),
    ("cost_per_screened", "The whole cost, spread over everyone whose screening is reviewed."),
    (
        "cost_per_therapy_start",
        "The whole cost, spread over therapy starts alone; all other work is in it, too.",
    ),
    ("cost_per_completion", "The whole cost, spread over completed therapies alone."),
    ("cost_per_attended_session", "The whole cost, spread over attended therapy sessions alone."),
    (
        "cost_per_1000_keyworkers",
        "The whole cost a year for every 1,000 keyworkers whom the Hub is there for.",
    ),
)
MANY_DRIVERS: Final = 5


@dataclass(frozen=True)
class Headline:
    """One figure of the commissioner's page.

    Attributes
    ----------
    label
        What it is, with its unit.
    value
        The mean over the draws, three significant digits.
    sentence
        What it means.
    sure
        Its 95% interval, its base case, and the gap between mean and base case.
    """

    label: str
    value: str
    sentence: str
    sure: str


def headlines(simulation: Simulation) -> tuple[Headline, ...]:
    """Return the figures of the commissioner's page."""
    n_hubs = len(simulation.spec.hubs)
    hubs = "the Hub" if n_hubs == 1 else f"the {n_hubs} Hubs together"
    return tuple(_headline(simulation, name, sentence.format(hubs=hubs)) for name, sentence in HEADLINES)


def _headline(simulation: Simulation, name: str, sentence: str) -> Headline:
    outcome = simulation.outcome(name)
    label = outcome.label
    if name == "total_hub_cost":
        label = (
            "Cost of the Hub"
            if len(simulation.spec.hubs) == 1
            else f"Cost of {len(simulation.spec.hubs)} Hubs"
        )
    unit = f", {unit_words(outcome.unit)}" if outcome.unit == "GBP/year" else ""
    return Headline(f"{label}{unit}", _value(outcome), sentence, how_sure(outcome, simulation.design.n))


def _value(outcome: Outcome) -> str:
    return headline_mean(outcome) if outcome.mean is not None else "no mean"


def how_sure(outcome: Outcome, n_draws: int) -> str:
    """Return an outcome's 95% interval, base case and the gap between mean and base case, as sentences."""
    base = headline(outcome.base_case, outcome.unit)
    if outcome.mean is None:
        missing = f"Not applicable in {outcome.n_not_applicable:,} of {n_draws:,} draws"
        return f"{missing}, so that there is no mean. With every input at its mean: {base}."
    if not is_stable(outcome):
        return (
            "In a few draws next to nothing is delivered, and they alone would make the mean. 95% "
            f"interval {headline_interval(outcome)}. With every input at its mean: {base}."
        )
    gap = gap_text(relative_gap(outcome))
    between = f"95% interval {headline_interval(outcome)}"
    return f"{between}. With every input at its mean {base}; the mean is {gap} from it."


def cover_line(simulation: Simulation) -> str:
    """Return the whole answer in one sentence."""
    whole, per_client = simulation.outcome("total_hub_cost"), simulation.outcome("cost_per_registered")
    n_hubs = len(simulation.spec.hubs)
    who = "The Hub costs" if n_hubs == 1 else f"The {n_hubs} Hubs together cost"
    return (
        f"{who} {headline_mean(whole)} a year (95% interval {headline_interval(whole)}), which is "
        f"{_value(per_client)} per registered client ({headline_interval(per_client)})."
    )


def staffing_sentence(simulation: Simulation) -> str:
    """Return what the interval of the total leaves out, where every post's size is a fixed number."""
    sizes = [simulation.spec.parameters.get(f"{entry.prefix}.wte") for entry in simulation.layout.posts]
    if any(size is not None and size.uncertain for size in sizes):
        return ""
    return (
        "Posts are taken as given: the interval of the total says how sure their cost is, not how many staff "
        "the service needs."
    )


def recruiting_sentence(simulation: Simulation) -> str:
    """Return what a year with everybody in post would cost, where posts are still to be recruited."""
    spec = simulation.spec
    late = [post for post in spec.posts if spec.in_post_after(post) > 0.0]
    if not late:
        return ""
    wte = sum(spec.parameters[f"{post.prefix}.wte"].expected for post in late)
    now, filled = simulation.outcome("total_hub_cost").base_case, cost_once_filled(simulation.layout)
    return (
        f"Staff still to be recruited, {quantity(wte, 'WTE', 2)} WTE, are neither paid nor working before "
        "their first day. With every input at its mean, this year costs "
        f"{headline(now, 'GBP')}, and a year with everybody in post {headline(filled, 'GBP')}."
    )


def gap_sentences(simulation: Simulation) -> tuple[str, ...]:
    """Return how far the bottom-up view explains the full cost, and what makes the gap."""
    gap, contacts = simulation.outcome("reconciliation_gap"), simulation.outcome("contact_reconciliation_gap")
    unused, whole = simulation.outcome("unused_capacity_cost"), simulation.outcome("total_hub_cost")
    if gap.mean is None or contacts.mean is None or not whole.mean:
        return ("There is no full cost to compare activities with.",)
    unused_share = (unused.mean or 0.0) / whole.mean
    rest = -gap.mean - unused_share
    return (
        f"Counted from the bottom up, activities explain {share(1 + gap.mean)} of the full cost: a gap of "
        f"{share(gap.mean)} (95% interval {headline_interval(gap)}). Unused or unrecorded hours are "
        f"{share(unused_share)} of the full cost, and costs that no activity causes are "
        f"{share(max(rest, 0.0))}.",
        f"Contacts with individual clients alone explain {share(1 + contacts.mean)} of it: a gap of "
        f"{share(contacts.mean)} (95% interval {headline_interval(contacts)}).",
    )


def gap_level(simulation: Simulation) -> str:
    """Return `cover` where the gap exceeds 25%, `warning` where it exceeds 10%, and nothing otherwise."""
    size = abs(simulation.outcome("reconciliation_gap").mean or 0.0)
    return "cover" if size > GAP_ON_COVER else "warning" if size > GAP_WARNING else ""


def unused_sentence(simulation: Simulation) -> str:
    """Return what unused hours cost, and what a client costs without them."""
    unused, without = (
        simulation.outcome("unused_capacity_cost"),
        simulation.outcome("cost_per_registered_at_practical_capacity"),
    )
    whole = simulation.outcome("total_hub_cost").mean
    part = f", {share((unused.mean or 0.0) / whole)} of the full cost" if whole else ""
    return (
        f"Hours that no activity explains cost {headline_mean(unused)} a year{part} (95% interval "
        f"{headline_interval(unused)}). Without them a registered client costs {headline_mean(without)} "
        f"(95% interval {headline_interval(without)})."
    )


def driver_sentence(uncertainty: Uncertainty, labels: Mapping[str, str]) -> str:
    """Return what an outcome's uncertainty mainly comes from."""
    seen = [driver for driver in uncertainty.drivers if driver.above_noise]
    if uncertainty.n_draws_used == 0:
        return "These draws are too few, or too alike, to say what the spread comes from."
    if not seen:
        return "No single factor stands out of the noise."

    parts = [
        f"“{in_sentence(labels.get(driver.name, driver.label))}” "
        f"({share(driver.first_order_share, 0)} of the variance)"
        for driver in seen[:MANY_DRIVERS]
    ]
    if seen[0].first_order_share >= 0.5:
        return f"Most of that spread comes from one factor: {parts[0]}."
    return f"The largest parts of that spread come from {sentence_list(parts)}."


def rests_on(uncertainty: Uncertainty) -> str:
    """Return the illustrative and assumed shares of what is explained."""
    if uncertainty.illustrative_share is None or uncertainty.assumed_share is None:
        return ""
    return (
        f"Of the uncertainty that single factors explain, {share(uncertainty.assumed_share, 0)} comes from "
        f"factors whose spread is assumed, and {share(uncertainty.illustrative_share, 0)} from illustrative "
        "figures."
    )


def sure_sentences(simulation: Simulation, content: ReportContent) -> tuple[str, ...]:
    """Return how sure the main figures are and why, for the commissioner."""
    per_client = simulation.outcome("cost_per_registered")
    uncertainty = next(u for u in content.uncertainties if u.outcome == "cost_per_registered")
    sentences = [
        "In 95 of 100 draws of all inputs together, the cost per registered client lies between "
        f"{headline_interval(per_client).replace(' to ', ' and ')}.",
        driver_sentence(uncertainty, content.labels),
        rests_on(uncertainty),
        "The interval holds what the inputs' spreads say; it does not hold costs left out, or a service "
        f"that works otherwise. {share(content.illustrative_cost_share, 0)} of the cost is on lines that "
        "use at least one illustrative figure.",
    ]
    return tuple(sentence for sentence in sentences if sentence)


def stop_rule(simulation: Simulation, uncertainty: Uncertainty) -> str:
    """Return whether the draws suffice for an outcome, and how many would."""
    outcome = simulation.outcome(uncertainty.outcome)
    label = in_sentence(outcome.label)
    if uncertainty.draws_needed is None or outcome.mean is None:
        return f"For the {label}: too few usable draws to tell."
    rule = "the 95% Monte Carlo band within 1% of the mean, or £5"
    verdict = "met" if uncertainty.enough_draws else "not met"
    error = error_text(outcome.monte_carlo_se, outcome.unit)
    advice = "" if uncertainty.enough_draws else f" Run again with --draws {uncertainty.draws_needed}."
    return (
        f"For “{label}” the stop rule ({rule}) is {verdict}: it takes {uncertainty.draws_needed:,} "
        f"independent draws and {simulation.design.n:,} were made; the Monte Carlo error is "
        f"{error}.{advice}"
    )


def failed_draws(simulation: Simulation) -> str:
    """Return how many draws were impossible."""
    n = simulation.design.n
    if simulation.n_failed == 0:
        return f"All {n:,} draws could be used."
    return f"{simulation.n_failed:,} of {n:,} draws were impossible and are left out of every figure."


def therapy_sentence(simulation: Simulation, content: ReportContent) -> str:
    """Return whether demand for therapy could be met."""
    if simulation.spec.waiting is not None:
        return _waiting_sentence(simulation, content)
    outcome = simulation.outcome("n_therapy_not_started")
    if content.not_started_share == 0.0:
        return "In every draw all clients due to start therapy with the Hub could start."
    base = "none" if not outcome.base_case else headline(outcome.base_case, outcome.unit)
    return (
        f"In {share(content.not_started_share)} of draws staff hours run out and some clients due to start "
        f"therapy with the Hub cannot: {headline(outcome.mean, outcome.unit)} people a year on average, "
        f"{base} in the base case. Without waiting.yaml a year is taken as a whole: those clients are "
        "counted, and their therapy is not costed."
    )


def _waiting_sentence(simulation: Simulation, content: ReportContent) -> str:
    waiting, left = simulation.outcome("n_waiting"), simulation.outcome("n_left_waiting_list")
    return (
        f"In {share(content.not_started_share)} of draws people still wait for the Hub's therapy at the "
        f"year's end: {headline(waiting.mean, waiting.unit)} on average, "
        f"{headline(waiting.base_case, waiting.unit)} in the base case. "
        f"{headline(left.mean, left.unit)} a year leave the list without starting, on average. Sessions "
        "given are costed; those who wait cost nothing yet."
    )


def calibration_sentence(simulation: Simulation) -> str:
    """Return what the calibration of clients' use did."""
    use = simulation.spec.service_use
    factor = simulation.outcome("calibration_factor")
    published = simulation.spec.parameters["service_use.published_mean"]
    if use.calibration != "published_mean":
        return "Contacts are used as they stand; nothing is calibrated."
    return (
        f"Contacts per service are multiplied by {headline(factor.mean, factor.unit)} on average (95% "
        f"interval {headline_interval(factor)}; base case {headline(factor.base_case, factor.unit)}), so "
        f"that the mean meets the published {headline(published.expected, published.unit)} per client over "
        f"{use.window}, Hub contacts excluded, taken as {published.price_year} prices and uprated to "
        f"{factor.price_year}."
    )


def not_claimed(simulation: Simulation) -> Iterator[str]:
    """Yield what the report does not say."""
    if simulation.spec.frame.comparator == "none":
        yield (
            "It does not say that the Hub is, or is not, good value: there is no comparator, so that "
            "there is no incremental cost."
        )
    yield "It holds no quality-adjusted life years and no effect on health: a single survey cannot show one."
    yield "It does not say what closing the Hub would save: overheads and redeployed staff would stay."
    if any(p.illustrative for p in simulation.spec.parameters.values()):
        yield "It does not describe an actual Hub: figures without a source are illustrative and marked so."


def illustrative_sentences(simulation: Simulation, content: ReportContent) -> tuple[str, ...]:
    """Return how much of each main outcome's uncertainty rests on illustrative figures."""
    return tuple(
        f"{simulation.outcome(each.outcome).label}: {in_sentence(text)}"
        for each in content.uncertainties
        if (text := rests_on(each))
    )
