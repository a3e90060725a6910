"""`sweep replay` as a person meets it."""

from tests.running import run_sweep


def test_a_replay_takes_no_other_params() -> None:
    ended = run_sweep("replay", "--enqueue", "learning_rate=0.1")
    assert (ended.returncode, ended.stderr) == (
        2,
        "sweep: What a replay trains is the schedule's alone: leave --enqueue and --param out.\n",
    )
