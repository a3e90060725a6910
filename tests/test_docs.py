"""What lies in docs/ to be handed to others can be handed to them."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import Any

import yaml

from sweep.cli import main
from tests.running import ROOT

JOB: dict[str, Any] = yaml.safe_load((ROOT / "docs/rayjob.yaml").read_text())
SLURM = ROOT / "docs/slurm.sh"
OF_A_RAY_JOB = {"entrypoint", "shutdownAfterJobFinishes", "backoffLimit", "rayClusterSpec"}
OF_A_CLUSTER = {"rayVersion", "headGroupSpec", "workerGroupSpecs"}
OF_A_HEAD = {"rayStartParams", "template"}
OF_A_GROUP = OF_A_HEAD | {"groupName", "replicas", "minReplicas", "maxReplicas"}


def refuse_what_is_no_sweep(command: str) -> None:
    """Parses a command line of `sweep`, without running it."""
    name, subcommand, *words = shlex.split(command)
    assert name == "sweep"
    main.commands[subcommand].make_context(subcommand, words)


def groups() -> list[dict[str, Any]]:
    cluster = JOB["spec"]["rayClusterSpec"]
    return [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]


def test_the_ray_job_has_what_a_ray_job_has_and_nothing_else() -> None:
    """Its fields were seen to agree with KubeRay's own schema, which is not part of this."""
    assert (JOB["apiVersion"], JOB["kind"]) == ("ray.io/v1", "RayJob")
    assert set(JOB["spec"]) == OF_A_RAY_JOB
    cluster = JOB["spec"]["rayClusterSpec"]
    assert set(cluster) == OF_A_CLUSTER
    assert set(cluster["headGroupSpec"]) == OF_A_HEAD
    assert all(set(group) == OF_A_GROUP for group in cluster["workerGroupSpecs"])
    for group in groups():
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())


def test_the_ray_job_runs_a_command_that_there_is_on_the_ray_that_is_installed() -> None:
    refuse_what_is_no_sweep(JOB["spec"]["entrypoint"])
    version = JOB["spec"]["rayClusterSpec"]["rayVersion"]
    assert f'"ray>={version.rpartition(".")[0]},<' in (ROOT / "pyproject.toml").read_text()


def test_all_pods_of_the_ray_job_have_one_results_folder() -> None:
    claims = set()
    for group in groups():
        pod = group["template"]["spec"]
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        (container,) = pod["containers"]
        mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        assert set(mounts.values()) == set(volumes)
        claims.add(volumes[mounts["/results"]]["persistentVolumeClaim"]["claimName"])
    assert len(claims) == 1
    assert "--results /results" in JOB["spec"]["entrypoint"]


def test_the_job_of_slurm_runs_a_command_that_there_is() -> None:
    subprocess.run(["bash", "-n", SLURM], check=True)
    (command,) = re.findall(r"-- \\\n\s+(sweep .*)", SLURM.read_text())
    refuse_what_is_no_sweep(command)
