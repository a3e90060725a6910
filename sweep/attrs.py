"""The names of every attribute that the project writes into a study, and nothing else.

They are the contract between the code that writes a study and the code that reads it, in this
version and in others. A trial's user attributes are columns of `load_trials` with the same names.
"""

from __future__ import annotations

# User attributes of a trial: how it was run.
SEED = "seed"
"""The trial's seed; as an attribute of the study, the study's."""
MODEL_DIR = "model_dir"
ATTEMPTS = "attempts"
"""How many attempts it had."""
LOST_ATTEMPTS = "lost_attempts"
"""Why attempts before the last were lost."""
CLUSTER = "cluster"
"""The tasks of a trial that is a cluster; as an attribute of the study, of each of its trials."""
HOST = "host"
"""The machine on which its last attempt ran."""
FAILURE = "failure"
"""Why it failed: a cause, a colon, and the detail."""
METRIC = "metrics_"
"""Before the name of each metric of its last evaluation."""
GLOBAL_STEP = f"{METRIC}global_step"
SECONDS = "_seconds"
"""After the name of each phase that took time: build, train and evaluate."""

# User attributes of a trial: which part of which training it is.
CONTINUES = "continues"
"""The trial whose checkpoint it continues from."""
CONFIGURATION = "configuration"
"""The first trial of those that continue each other; only a trial that continues one has it."""
MAX_STEPS = "max_steps"
"""How far a training goes, if it does not end at the max_steps of its study."""
RUNG = "rung"
BRACKET = "bracket"
MEMBER = "member"
LEG = "leg"
CONFIRMS = "confirms"
"""The configuration that it trains again, to confirm the result of the sweep."""
REPEATS = "repeats"
"""The configuration that it trains again with another seed; as an attribute of the study, how many
trainings each configuration gets."""
NTH_SEED = "nth_seed"
"""Which of its configuration's further seeds it has, counted from 1."""
GIVEN_SEED = "given_seed"
"""The seed that it is trained with, if it is the seed of the trial that it replays."""
LEG_ATTRS = (
    *(CONTINUES, CONFIGURATION, MAX_STEPS, RUNG, BRACKET, MEMBER, LEG),
    *(CONFIRMS, REPEATS, NTH_SEED, GIVEN_SEED),
)
"""The attributes that say which part of which training a trial is."""
PAUSED_AT = "paused_at"
"""The global_step at which its leg ended."""

# User attributes of a trial: where it comes from.
RETRY_OF = "retry_of"
"""The failed trial that it retries."""
DUPLICATES = "duplicates"
"""The first trial with the same params, if a sampler proposed them again."""
TAKEN_FROM = "taken_from"
"""The study and the trial that it was copied from."""

LINKS = (CONTINUES, CONFIGURATION, CONFIRMS, REPEATS, NTH_SEED, RETRY_OF, DUPLICATES)
"""The attributes that show which trials belong together."""

# User attributes of a study, besides SEED and REPEATS.
SCHEDULER = "scheduler"
"""How far its configurations are trained, in the form of the scheduler's `to_json`."""
PROGRAM = "swept_program"
"""The program and the flags that are swept, from which a command restores the study by its name."""
CONSTRAINTS = "constraints"
"""The limits on the metrics of its trials, as in `latency <= 20`; as a system attribute of a trial,
by how much it breaks each of them, in Optuna's form."""
STUDY_SHA256 = "study_sha256"
"""The SHA-256 of the study file, or of the program, of its last sweep."""

# System attributes.
HOLDER = "sweep:holder"
"""Of a trial on a server database: the process that runs it."""
IDENTITY = "sweep:identity"
"""Of a study: what distinguishes it from every other study, even one of the same name."""
TOUCHED = "sweep:touched"
"""Of a study: written to see whether the database accepts writes."""
ARTIFACT = "artifacts:"
"""Of a trial: the prefix of the id of each of its artifacts; Optuna's name."""
FIXED_PARAMS = "fixed_params"
"""Of a trial: the params that it was enqueued with; Optuna's name."""
METRIC_NAMES = "study:metric_names"
"""Of a study: the names of its metrics; Optuna's name."""


def metric(name: str) -> str:
    """The user attribute that holds a trial's last metric of this name."""
    return f"{METRIC}{name}"


def seconds(phase: str) -> str:
    """The user attribute that holds how long a phase of a trial took, in seconds."""
    return f"{phase}{SECONDS}"
