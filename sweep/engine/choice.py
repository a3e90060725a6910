"""Which engine a sweep gets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sweep.engine.base import Engine
from sweep.engine.forking import forking_is_safe
from sweep.engine.inline import InlineEngine
from sweep.engine.limits import NO_LIMITS, Limits
from sweep.engine.local import LocalEngine
from sweep.engine.mirrored import mirrored
from sweep.engine.ray.briefing import Brief, make_brief
from sweep.engine.ray.luggage import Luggage, pack
from sweep.engine.ray_cluster import RayCluster
from sweep.engine.slots import Machine, divide
from sweep.errors import StudyError, UsageError
from sweep.folder.errands import Errands
from sweep.study.cluster import Cluster
from sweep.study.loader import LoadedStudy
from sweep.study.spec import StudySpec
from sweep.trial.execution import Folders, Runner, run_order, run_order_here

_OF_A_JOB = "RAY_JOB_CONFIG_JSON_ENV_VAR"
"""Ray sets it for the command of a submitted job."""


def make_engine(
    loaded: LoadedStudy,
    folders: Folders,
    *,
    n_jobs: int | None,
    limits: Limits,
    inline: bool,
    say: Callable[[str], None],
    runner: Runner | None = None,
    ray_cluster: RayCluster | None = None,
    uploads: Errands | None = None,
    is_shared: bool = False,
) -> Engine:
    """Makes the engine. This must happen before anything else is started.

    Args:
        loaded: the study.
        folders: where the trials' folders are.
        n_jobs: how many trials run at a time; None leaves it to the machine.
        limits: the limits of one attempt.
        inline: whether trials run in this process.
        say: gets notices about what the chosen engine cannot do.
        runner: gets the order of each attempt; None trains with Estimator.
        ray_cluster: the Ray cluster that trials run on; None is this machine.
        uploads: uploads what trials write, if the results are on remote storage.
        is_shared: whether other machines can continue trials from there while this sweep runs.

    Raises:
        UsageError: the engine cannot do what is asked for.
        StudyError: the study's trials cannot run in their own processes.
    """
    if ray_cluster is not None:
        if inline:
            raise UsageError(
                "--engine ray runs trials on a cluster, --inline in the sweep's own process: leave "
                "one of them out."
            )
        brief = make_brief(loaded, folders.results, limits, runner or run_order)
        luggage = pack(loaded, Path.cwd())
        return _ray_engine(luggage, brief, ray_cluster, loaded.spec.cluster, n_jobs, say)
    cluster = loaded.spec.cluster
    if not inline:
        slots = divide(Machine.here(), n_jobs, 1 if cluster is None else cluster.n_tasks)
        how = how_to_start(loaded, say)
        local = LocalEngine(how, folders, slots, limits, runner or run_order, say)
        return mirrored(local, folders, uploads, say, holds_ends=is_shared)
    _check_inline(cluster, n_jobs, limits)
    say(
        "Trials run in this process, one at a time: breakpoint() and profilers work. There are no "
        "limits, a crash ends the sweep, and the output of trials is not logged."
    )
    here = InlineEngine(loaded.spec, folders, runner or run_order_here)
    return mirrored(here, folders, uploads, say, holds_ends=is_shared)


def _check_inline(cluster: Cluster | None, n_jobs: int | None, limits: Limits) -> None:
    """Checks that the options ask for nothing that needs a separate process for each trial.

    Raises:
        UsageError: they do.
    """
    if cluster is not None:
        raise UsageError(
            "A trial that is a cluster needs a process for each of its tasks, but --inline has "
            "only the sweep's own: leave the cluster or --inline out."
        )
    if n_jobs not in (None, 1):
        raise UsageError(
            f"--inline runs one trial at a time, but got n_jobs={n_jobs}: leave --jobs or --inline "
            "out."
        )
    if limits != NO_LIMITS:
        raise UsageError(
            "--trial-timeout, --stall-timeout and --memory-limit need a separate process for each "
            "trial: leave them or --inline out."
        )


def connect_ahead(cluster: RayCluster | None) -> None:
    """Connects to a Ray cluster, which then starts its processes while the study is loaded.

    A submitted job connects later: once it has connected, Ray can remove the folder of its files.

    Raises:
        UsageError: there is no such cluster, or Ray is not installed.
    """
    if cluster is not None and _OF_A_JOB not in os.environ:
        with _ray_needed():
            from sweep.engine.ray.connection import connect

        connect(cluster)


def _ray_engine(
    luggage: Luggage,
    brief: Brief,
    cluster: RayCluster,
    tasks: Cluster | None,
    n_jobs: int | None,
    say: Callable[[str], None],
) -> Engine:
    with _ray_needed():
        from sweep.engine.ray.engine import RayEngine

    return RayEngine(luggage, brief, cluster, tasks, n_jobs, say)


@contextmanager
def _ray_needed() -> Iterator[None]:
    """Says what to install if an import in the block does not find Ray, which comes with an extra.

    Raises:
        UsageError: Ray is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise UsageError(
            "--engine ray needs Ray: run `pip install 'estimator-sweep[ray]'`."
        ) from error


def how_to_start(loaded: LoadedStudy, say: Callable[[str], None]) -> StudySpec | Path:
    """The study itself if attempts can be forked with it, otherwise the file they load it from."""
    if forking_is_safe():
        return loaded.spec
    program = loaded.spec.program
    if loaded.file is None or (program is not None and program.file == loaded.file):
        raise StudyError(
            "TensorFlow's runtime is already running in this process and the study is not in a "
            "file, so trials cannot get their own processes: put the study into a file, sweep "
            "before anything is computed, or sweep in this process (inline)."
        )
    say(
        f"{loaded.file} starts TensorFlow's runtime while it is loaded. Trials can therefore not "
        "be forked, and each spends some seconds importing TensorFlow. Move code that computes "
        "tensors or opens sessions into `build` or an input_fn."
    )
    return loaded.file
