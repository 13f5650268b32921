"""The command line: one verb a question, data on stdout, progress on stderr, exit codes 0, 1 and 2.

By kind of question: `files` (what they hold, what is wrong with them), `costing`, `comparing` and `waiting`.
`options` are what several verbs share, `request` gathers them and answers, and `program` is the whole of it.
What is slow to import is imported inside the verb that needs it.
"""

from __future__ import annotations

from costmodel.cli.program import cli, main

__all__ = ["cli", "main"]
