"""Which engine a sweep gets."""

from __future__ import annotations

from collections.abc import Callable
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
    """Makes the engine, which has to be done before anything else is started.

    Args:
        loaded: the study.
        folders: where the trials' folders are.
        n_jobs: how many trials run at a time; None leaves it to the machine.
        limits: the most that one attempt may take.
        inline: whether trials run in this very process.
        say: is told what the engine chosen cannot do.
        runner: what is done with an order; None trains with Estimator.
        ray_cluster: the Ray cluster that trials run on; None is this machine.
        uploads: takes what trials write, where results are kept on remote storage.
        is_shared: whether other machines go on from what trials leave there while this one sweeps.

    Raises:
        UsageError: the engine cannot do what is asked for.
        StudyError: no process can be given to the study's trials.
    """
    if ray_cluster is not None:
        if inline:
            raise UsageError(
                "Trials run on a cluster or in the sweep's own process: leave --engine ray or "
                "--inline out."
            )
        brief = make_brief(loaded, folders.results, limits, runner or run_order)
        return _ray_engine(pack(loaded, Path.cwd()), brief, ray_cluster, n_jobs, say)
    cluster = loaded.spec.cluster
    if not inline:
        slots = divide(Machine.here(), n_jobs, 1 if cluster is None else cluster.n_tasks)
        how = how_to_start(loaded, say)
        local = LocalEngine(how, folders, slots, limits, runner or run_order, say)
        return mirrored(local, folders, uploads, say, holds_ends=is_shared)
    _check_inline(cluster, n_jobs, limits)
    say(
        "Trials run in this process, one after the other: breakpoint() and profilers work. "
        "There are no limits on them, a crash ends the sweep, and what they print is not logged."
    )
    here = InlineEngine(loaded.spec, folders, runner or run_order_here)
    return mirrored(here, folders, uploads, say, holds_ends=is_shared)


def _check_inline(cluster: Cluster | None, n_jobs: int | None, limits: Limits) -> None:
    """Sees that nothing is asked for that needs a process of a trial's own.

    Raises:
        UsageError: something is.
    """
    if cluster is not None:
        raise UsageError(
            "A trial that is a cluster has a process for each of its tasks, and none of them is "
            "the sweep's own: leave the cluster or --inline out."
        )
    if n_jobs not in (None, 1):
        raise UsageError(
            f"Trials in the sweep's own process run one after the other, but got n_jobs={n_jobs}: "
            "leave --jobs or --inline out."
        )
    if limits != NO_LIMITS:
        raise UsageError(
            "--trial-timeout, --stall-timeout and --memory-limit can end a process only if it is "
            "the trial's own: leave them or --inline out."
        )


def _ray_engine(
    luggage: Luggage,
    brief: Brief,
    cluster: RayCluster,
    n_jobs: int | None,
    say: Callable[[str], None],
) -> Engine:
    try:
        # Imported here, for Ray comes with an extra.
        from sweep.engine.ray.engine import RayEngine
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise UsageError(
            "--engine ray needs Ray: run pip install 'estimator-sweep[ray]'."
        ) from error
    return RayEngine(luggage, brief, cluster, n_jobs, say)


def how_to_start(loaded: LoadedStudy, say: Callable[[str], None]) -> StudySpec | Path:
    """The study itself where attempts can be forked with it, else the file they load it from."""
    if forking_is_safe():
        return loaded.spec
    program = loaded.spec.program
    if loaded.file is None or (program is not None and program.file == loaded.file):
        raise StudyError(
            "TensorFlow's runtime has been started in this process and the study was declared in "
            "no file, so no trial can be given a process: put the study in a file of its own, or "
            "sweep before anything is computed, or in this very process (inline)."
        )
    say(
        f"{loaded.file} starts TensorFlow's runtime while it is loaded, so trials cannot be "
        "forked and each imports TensorFlow anew, which takes some seconds. Move what "
        "computes tensors or opens sessions into `build` or an input_fn."
    )
    return loaded.file
