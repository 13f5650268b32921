"""Write the figures of the base case into the pages that quote them, and draw the report's picture.

Run `python docs/build_figures.py` after a change that moves results. With `--picture REPORT`, a
`report.html`, it draws `docs/images/report.png` instead, which needs chromium. A figure stands between two
comments, `<!-- NAME -->` and `<!-- /NAME -->`; a test runs the base case again to see that it is true.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import costmodel
from costmodel.analysis.summary import evidence
from costmodel.report.formatting import (
    base_case_cell,
    gap_text,
    headline,
    headline_interval,
    headline_mean,
    money,
    relative_gap,
)
from costmodel.text import capitalised

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "report.png"
PAGES = (
    "README.md",
    "CHANGELOG.md",
    "docs/model-card.md",
    "docs/uncertainty.md",
    "docs/tutorials/commissioner.md",
)
COLOURS = 64
HEADLINES = {
    "total_hub_cost": "Cost of the Hub",
    "total_hub_cost@hub_host": "… of which the Hub's host pays",
    "unused_capacity_cost": "… of which hours that no activity explains",
    "cost_per_registered": "Hub cost per registered client",
    "cost_per_screened": "Hub cost per screened client",
    "cost_per_therapy_start": "Hub cost per therapy start",
    "cost_per_completion": "Hub cost per completed therapy",
    "cost_per_attended_session": "Hub cost per attended therapy session",
    "cost_per_1000_keyworkers": "Hub cost per 1,000 keyworkers in scope",
    "activity_cost_per_registered": "Cost of the activities for one registered client",
    "other_service_use_cost_per_client": "A client's other health and social care, 5 to 8 months",
    "total_cost_per_client": "Hub cost and other care, per registered client",
}
GAPS = ("total_hub_cost", "cost_per_registered", "cost_per_1000_keyworkers", "n_therapy_starts")
Run = costmodel.Simulation


def base_case_table(run: Run) -> str:
    """Return the headlines of the base case."""
    rows = ["| base case | mean | 95% interval |", "| --- | ---: | ---: |"]
    for name, label in HEADLINES.items():
        outcome = run.outcome(name)
        rows.append(f"| {label} | {headline_mean(outcome)} | {headline_interval(outcome)} |")
    return "\n".join(rows)


def base_case_total(run: Run) -> str:
    """Return the base case's total in a sentence."""
    total = run.outcome("total_hub_cost")
    return (
        f"The base case costs {money(total.mean)} a year (95% interval {headline_interval(total)}) in "
        f"{total.price_year} prices: NHS and personal social services perspective, "
        f"{run.design.n:,} draws, seed {costmodel.RunOptions().seed}."
    )


def evidence_counts(run: Run) -> str:
    """Return what the base case's parameters rest on."""
    counts = evidence(run).counts
    whole = sum(counts.values())
    listed = ", ".join(f"{number} {name}" for name, number in counts.items())
    return f"Of the {whole} parameters of the base case: {listed}."


def gap_table(run: Run) -> str:
    """Return means of the draws beside the base case, for outcomes with and without a gap."""
    rows = ["| outcome | mean of the draws | base case | gap |", "| --- | ---: | ---: | ---: |"]
    for name in GAPS:
        outcome = run.outcome(name)
        gap = gap_text(relative_gap(outcome))
        rows.append(f"| {outcome.label} | {headline_mean(outcome)} | {base_case_cell(outcome)} | {gap} |")
    return "\n".join(rows)


def bridge_table(run: Run) -> str:
    """Return the reconciliation bridge of the base case."""
    rows = ["| step | mean |", "| --- | ---: |"]
    for definition in run.definitions:
        if definition.name.startswith("bridge.") and definition.hub is None:
            outcome = run.outcome(definition.name)
            step = definition.label.removeprefix("Bridge: ")
            if outcome.mean:
                rows.append(f"| {capitalised(step)} | {headline(outcome.mean, outcome.unit)} |")
    rows.append(f"| **Cost of the Hub** | **{money(run.outcome('total_hub_cost').mean)}** |")
    return "\n".join(rows)


FIGURES: dict[str, Callable[[Run], str]] = {
    "base-case": base_case_table,
    "base-case-total": base_case_total,
    "evidence-counts": evidence_counts,
    "gaps": gap_table,
    "bridge": bridge_table,
}


def with_figures(text: str, run: Run) -> str:
    """Return a page with every marked figure made anew."""
    for name, figure in FIGURES.items():
        marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if marked.search(text):
            made = figure(run)
            text = marked.sub(lambda found, made=made: f"{found[1]}{made}\n{found[2]}", text)
    return text


def draw_picture(report: Path) -> None:
    """Draw the top of a report, with few colours to keep the file small."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "shot.png"
        size, page = "--window-size=1200,1500", report.resolve().as_uri()
        quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        subprocess.run(
            ["chromium", *quiet, size, f"--screenshot={shot}", page], check=True, capture_output=True
        )
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        Image.open(shot).convert("RGB").quantize(COLOURS).save(PICTURE, optimize=True)


def main() -> None:
    """Write the figures, or draw the picture."""
    if sys.argv[1:2] == ["--picture"]:
        draw_picture(Path(sys.argv[2]))
        return
    project = costmodel.open_project(ROOT / "parameters", ROOT / "scenarios")
    with costmodel.run("base_case", project=project) as run:
        for name in PAGES:
            page = ROOT / name
            page.write_text(with_figures(page.read_text(encoding="utf-8"), run), encoding="utf-8")
            sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
