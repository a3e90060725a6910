"""The names of every attribute that the project writes into a study, and nothing else.

They are the contract between what writes the study and what reads it, in this version and in
others. A trial's user attributes are columns of `load_trials` by the same names.
"""

from __future__ import annotations

# User attributes of a trial: how it was run.
SEED = "seed"
"""The trial's seed; as an attribute of the study, the study's."""
MODEL_DIR = "model_dir"
ATTEMPTS = "attempts"
"""How many attempts it has had."""
LOST_ATTEMPTS = "lost_attempts"
"""Why attempts before the last were lost."""
CLUSTER = "cluster"
"""The tasks that it consists of, if it is a cluster; as an attribute of the study, its trials'."""
HOST = "host"
"""The machine on which its last attempt ran."""
FAILURE = "failure"
"""Why it is FAIL: a cause, a colon, and the detail."""
METRIC = "metrics_"
"""Before the name of each metric of its last evaluation."""
GLOBAL_STEP = f"{METRIC}global_step"
SECONDS = "_seconds"
"""After the name of each phase that took time: build, train and evaluate."""

# User attributes of a trial: which part of which training it is.
CONTINUES = "continues"
"""The trial whose checkpoint it goes on from."""
CONFIGURATION = "configuration"
"""The first trial of those that continue each other; only a trial that continues one has it."""
MAX_STEPS = "max_steps"
"""How far a training goes that does not end at the max_steps of its study."""
RUNG = "rung"
BRACKET = "bracket"
MEMBER = "member"
LEG = "leg"
CONFIRMS = "confirms"
"""The configuration that it trains again, to confirm what the sweep has found."""
REPEATS = "repeats"
"""The configuration of which it is a further training; as an attribute of the study, how many
trainings a configuration has."""
NTH_SEED = "nth_seed"
"""Which of its configuration's further seeds it has, from 1."""
GIVEN_SEED = "given_seed"
"""The seed that it is trained with, where that is the one of a trial that it replays."""
LEG_ATTRS = (
    *(CONTINUES, CONFIGURATION, MAX_STEPS, RUNG, BRACKET, MEMBER, LEG),
    *(CONFIRMS, REPEATS, NTH_SEED, GIVEN_SEED),
)
"""Those that say which part of which training a trial is."""
PAUSED_AT = "paused_at"
"""The global_step at which it has done its leg."""

# User attributes of a trial: where it comes from.
RETRY_OF = "retry_of"
"""The failed trial that it tries again."""
DUPLICATES = "duplicates"
"""The first trial of the same params, where a sampler has proposed them once more."""
TAKEN_FROM = "taken_from"
"""The study and the trial that it was copied from."""

LINKS = (CONTINUES, CONFIGURATION, CONFIRMS, REPEATS, NTH_SEED, RETRY_OF, DUPLICATES)
"""Those by which trials are known to belong together."""

# User attributes of a study, besides SEED and REPEATS.
SCHEDULER = "scheduler"
"""How far its configurations are trained, as the scheduler's `to_json` has it."""
PROGRAM = "swept_program"
"""The program that is swept by its flags, and which: what makes the study again by its name."""
CONSTRAINTS = "constraints"
"""What the metrics of its trials must keep, as in `latency <= 20`; as a system attribute of a
trial, by how much it breaks each of them, as Optuna has it."""
STUDY_SHA256 = "study_sha256"
"""The SHA-256 of the study file, or of the program, that it was swept with last."""

# System attributes.
HOLDER = "sweep:holder"
"""Of a trial on a server database: which process runs it."""
IDENTITY = "sweep:identity"
"""Of a study: what tells it from every other, also of the same name."""
TOUCHED = "sweep:touched"
"""Of a study: written to see whether the database takes it."""
ARTIFACT = "artifacts:"
"""Of a trial: before the id of each of its artifacts, as Optuna has it."""
FIXED_PARAMS = "fixed_params"
"""Of a trial: the params that it was enqueued with, as Optuna has it."""
METRIC_NAMES = "study:metric_names"
"""Of a study: the names of its metrics, as Optuna has it."""


def metric(name: str) -> str:
    """The user attribute that holds a trial's last metric of this name."""
    return f"{METRIC}{name}"


def seconds(phase: str) -> str:
    """The user attribute that holds how long a phase of a trial took, in seconds."""
    return f"{phase}{SECONDS}"
