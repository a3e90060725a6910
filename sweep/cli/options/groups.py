"""The groups in which `--help` shows the options of a command that sweeps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import click

_GROUPS = {
    "Which trials": (
        *("n_trials", "top", "prefer", "seeds", "retry", "trial", "of", "own_seed"),
        *("seed", "sampler", "fixed", "enqueue", "begin_with", "duplicates", "constraints"),
    ),
    "How far each trial is trained": (
        *("max_steps", "rungs", "reduction_factor", "brackets", "population", "legs", "explore"),
        *("pruner", "evaluate_every", "repeats", "aggregate"),
    ),
    "When no more trials start": ("patience", "target", "total_steps", "timeout", "max_failed"),
    "A program instead of a study file": (
        *("file", "module", "program", "vary", "metrics", "metric"),
        *("directions", "direction", "tensorflow"),
    ),
    "Where trials run": (
        *("n_jobs", "engine", "address", "cpus_per_trial", "gpus_per_trial", "cluster", "inline"),
    ),
    "Limits of an attempt": ("trial_timeout", "stall_timeout", "memory_limit", "retries"),
    "Where results are kept": ("name", "results", "storage", "keep"),
    "What is notified": ("listeners", "on_end"),
}
"""The names of the options' parameters, in the order in which `--help` shows them."""
_OTHERS = "Other options"
_PLACES = {
    name: (title, place) for title, names in _GROUPS.items() for place, name in enumerate(names)
}


class Grouped(click.Command):
    """A command that shows its options in groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the groups that have options; options without a group come last."""
        for title, records in grouped_options(self, ctx):
            with formatter.section(title):
                formatter.write_dl(records)


def grouped_options(
    command: click.Command, ctx: click.Context
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The title of each group, and its options and their texts as `--help` shows them."""
    groups: defaultdict[str, list[tuple[int, tuple[str, str]]]] = defaultdict(list)
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
        if record is not None:
            title, place = _PLACES.get(param.name or "", (_OTHERS, 0))
            groups[title].append((place, record))
    for title in (*_GROUPS, _OTHERS):
        if title in groups:
            ordered = sorted(groups[title], key=lambda placed: placed[0])
            yield title, [record for _, record in ordered]
