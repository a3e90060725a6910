"""The private names of Optuna and TensorFlow that the project uses, and the purpose of each.

`private` reports names that a release no longer has.
"""

from __future__ import annotations

from typing import NamedTuple


class Name(NamedTuple):
    """A private name, and what it is used for."""

    path: str
    """A module, or `module:attribute`, or `module:Class.attribute`."""
    purpose: str

    def __str__(self) -> str:
        return self.path.replace(":", ".")


_STUDY = "optuna.study:Study"
_STORAGE = "optuna.storages:RDBStorage"
_COORDINATOR = "tensorflow.python.distribute.distribute_coordinator"
_TPE = "optuna.samplers:TPESampler"
_CMAES = "optuna.samplers:CmaEsSampler"
_EXPORT = "tensorflow.python.util.tf_export"
_SAVER = "tensorflow:compat.v1.train.CheckpointSaverHook"
_WRITERS = "tensorflow:compat.v1.summary.FileWriterCache"
_ESTIMATOR = "tensorflow_estimator.python.estimator"
_V1 = "tensorflow:compat.v1.estimator.Estimator"
_EVALUATION = "tensorflow.python.training.evaluation"
_RUN_CONFIG = f"{_ESTIMATOR}.run_config:RunConfig"
_TRAINING = f"{_ESTIMATOR}.training"
_STRATEGIC = f"{_TRAINING}:distribute_coordinator_training"
_FOLDER_OF_MODULE = Name(
    "tensorflow.python.tools.module_util:get_parent_dir_for_name",
    "called: finds a module of another package, for the path of one of TensorFlow's",
)

NAMES: dict[str, tuple[Name, ...]] = {
    "sweep.search.cmaes": (
        Name(f"{_CMAES}._restore_optimizer", "overridden: unpickles the optimizer, nothing else"),
        Name(f"{_CMAES}._attr_key_optimizer", "read: the names of the optimizer's attributes"),
        Name(f"{_CMAES}._concat_optimizer_attrs", "called: puts the pickled parts together"),
    ),
    "sweep.search.space": (
        Name(
            "optuna.distributions:BaseDistribution._contains",
            "called: says whether a param's distribution contains a value given by hand",
        ),
    ),
    "sweep.search.tpe": (
        Name(f"{_TPE}._sample", "overridden: proposes params from what was read before"),
        Name(f"{_TPE}._get_params", "called: a trial's params, with those proposed to it"),
        Name(f"{_TPE}._parzen_estimator_cls", "called: the densities of good and bad trials"),
        Name(f"{_TPE}._parzen_estimator_parameters", "read: the arguments of the densities"),
        Name(f"{_TPE}._rng", "read: the sampler's random numbers"),
        Name(f"{_TPE}._n_ei_candidates", "read: from how many candidates it chooses"),
        Name(f"{_TPE}._compute_acquisition_func", "called: how good each candidate is"),
        Name(f"{_TPE}._compare", "called: the best candidate"),
        Name("optuna.samplers._tpe.sampler:default_gamma", "called: how many trials are good"),
        Name(f"{_STUDY}._get_trials", "called: the trials that the sampler sees"),
    ),
    "sweep.storage.remembered": (
        Name("optuna.trial:FrozenTrial._trial_id", "read: the database's own id of a trial"),
    ),
    "sweep.storage.sweep_storage": (
        Name(f"{_STORAGE}._create_new_trial", "overridden: Optuna's cache makes trials with it"),
        Name(f"{_STORAGE}._get_trials", "overridden: Optuna's cache reads trials with it"),
        Name(f"{_STORAGE}._set_trial_param", "overridden: Optuna's cache writes params with it"),
    ),
    "sweep.storage.study": (
        Name(f"{_STUDY}._pop_waiting_trial_id", "overridden: which waiting trial comes next"),
        Name(f"{_STUDY}._get_trials", "overridden: which trials a sampler sees"),
        Name(f"{_STUDY}._storage", "read: Optuna's cache of the storage, which knows trials' ids"),
        Name("optuna.trial:FrozenTrial._trial_id", "read: the database's own id of a trial"),
    ),
    "sweep.estimator.bridge": (
        Name(f"{_EXPORT}:TENSORFLOW_API_NAME", "read: the key of TensorFlow's attributes"),
        Name(f"{_EXPORT}:API_ATTRS", "changed: Estimator's export decorator looks itself up in it"),
        Name(f"{_EXPORT}:API_ATTRS_V1", "changed: the same for the names of TensorFlow 1"),
        *(
            Name(f"{_EXPORT}:get_{names}", "wrapped: lists Estimator's as well")
            for names in ("v1_names", "v2_names", "v1_constants", "v2_constants")
        ),
        Name("tensorflow.python.distribute", "changed: Estimator imports a module from it"),
        Name("tensorflow.python.util.lazy_loader:LazyLoader", "called: imports Estimator late"),
        _FOLDER_OF_MODULE,
        *(
            Name(f"tensorflow._api.v2.compat.{version}", "changed: gets the name `estimator`")
            for version in ("v1", "v2", "v1.compat.v1", "v1.compat.v2", "v2.compat.v1")
        ),
        Name("tensorflow._api.v2.compat.v2.compat.v2", "changed: gets the name `estimator`"),
        Name(f"{_ESTIMATOR}.api._v1.estimator", "imported: it is `tf.compat.v1.estimator`"),
        Name(f"{_ESTIMATOR}.api._v2.estimator", "imported: it is `tf.estimator`"),
    ),
    "sweep.estimator.forwarding": (
        Name(f"{_ESTIMATOR}.keras_lib", "imported for `tensorflow.python.estimator.keras`"),
        Name("tf_keras.src.legacy_tf_layers", "imported for `tf_keras.legacy_tf_layers`"),
    ),
    "sweep.estimator.tpu": (
        Name(f"{_ESTIMATOR}.tpu", "replaced: its contents, by names that raise when used"),
    ),
    "sweep.estimator.keras": (
        Name(
            "tensorflow.python.util.lazy_loader:KerasLazyLoader._tfll_keras_version",
            "read: whether `tf.keras` is in use as Keras 3",
        ),
        _FOLDER_OF_MODULE,
        Name("tensorflow._api.v2.compat.v1", "read: whether it offers Keras 3"),
        Name("tensorflow._api.v2.compat.v2", "read: whether it offers Keras 3"),
        Name("tf_keras.api._v1.keras", "put into the path of tensorflow.compat.v1"),
        Name("tf_keras.api._v1.keras.__internal__.legacy", "its layers are put there too"),
        Name("tf_keras.api._v2.keras", "put into the path of tensorflow"),
        Name("tf_keras.src.optimizers", "imported: TensorFlow does so with Keras 2"),
    ),
    "sweep.estimator.estimator_training": (
        Name(f"{_COORDINATOR}:CoordinatorMode", "read: the ways to coordinate a cluster"),
        Name(f"{_COORDINATOR}:run_distribute_coordinator", "called: does a cluster's work"),
        Name(
            f"{_COORDINATOR}_context:get_current_worker_context",
            "called: the task that the coordinator gives",
        ),
        Name(
            "tensorflow.python.distribute.multi_worker_util:normalize_cluster_spec",
            "called: a cluster can be given in several forms",
        ),
        Name(
            f"{_ESTIMATOR}.estimator:Estimator._distribute_coordinator_mode",
            "set: whether Estimator leaves the work to the distribute coordinator",
        ),
        Name(f"{_ESTIMATOR}.estimator:Estimator._config", "changed: it becomes that of a task"),
        Name(f"{_ESTIMATOR}.estimator:Estimator._train_distribution", "set: the task's strategy"),
        Name(f"{_ESTIMATOR}.estimator:Estimator._eval_distribution", "set: the task's strategy"),
        Name(
            f"{_ESTIMATOR}.training:_TrainingExecutor._start_continuous_evaluation",
            "called: what an evaluator does",
        ),
        Name(f"{_RUN_CONFIG}._train_distribute", "set: the strategy of the training"),
        Name(f"{_RUN_CONFIG}._eval_distribute", "set: the strategy of the evaluation"),
        Name(f"{_RUN_CONFIG}._experimental_distribute", "read: another place for the strategies"),
        Name(f"{_RUN_CONFIG}._init_distributed_setting_from_environment_var", "called"),
        Name(f"{_RUN_CONFIG}._maybe_overwrite_session_config_for_distributed_training", "called"),
        *(
            Name(f"{_RUN_CONFIG}._{field}", "set: a field of the task")
            for field in (
                "cluster_spec",
                "evaluation_master",
                "global_id_in_cluster",
                "is_chief",
                "master",
                "num_ps_replicas",
                "num_worker_replicas",
                "service",
                "task_id",
                "task_type",
            )
        ),
    ),
    "sweep.study.own_config": (
        Name(
            f"{_ESTIMATOR}.estimator:Estimator._config",
            "replaced: by a config with the trial's seed and checkpoint interval",
        ),
        Name(f"{_RUN_CONFIG}._tf_random_seed", "set: the trial's seed"),
        Name(f"{_RUN_CONFIG}._save_checkpoints_steps", "set: the trial's checkpoint interval"),
        Name(f"{_RUN_CONFIG}._save_checkpoints_secs", "set: None, beside an interval in steps"),
        Name(f"{_RUN_CONFIG}._model_dir", "set: the folder of a loaded trial's model"),
        Name(f"{_ESTIMATOR}.estimator:Estimator._model_dir", "set, with it"),
    ),
    "sweep.trial.attempt": (
        Name(
            "tensorflow.python.util.deprecation:silence",
            "called: keeps Estimator's deprecation warnings off a debugger's screen",
        ),
    ),
    "sweep.training.best_export": (
        Name(f"{_ESTIMATOR}.exporter:BestExporter._best_eval_result", "set: the best result"),
        Name(f"{_ESTIMATOR}.exporter:BestExporter._has_exported", "set: whether there is a best"),
        Name(f"{_ESTIMATOR}.exporter:BestExporter._model_dir", "set: the event files it has read"),
    ),
    "sweep.training.graphs": (
        Name(
            "tensorflow:compat.v1.estimator.Estimator._train_with_estimator_spec",
            "replaced: trains on the built graph",
        ),
        Name(
            "tensorflow:compat.v1.estimator.Estimator._evaluate_run",
            "replaced: evaluates on the built graph",
        ),
        Name(
            f"{_ESTIMATOR}.util:_DatasetInitializerHook",
            "read: distinguished from the user's hooks",
        ),
    ),
    "sweep.training.kept_evaluation": (
        Name(f"{_V1}._actual_eval", "replaced: runs an evaluation"),
        Name(f"{_V1}._evaluate_build_graph", "called: builds an evaluation's graph"),
        Name(f"{_V1}._evaluate_run", "called: runs an evaluation on a built graph"),
        Name(f"{_V1}._convert_eval_steps_to_hooks", "called: makes the hooks that end evaluations"),
        Name(f"{_EVALUATION}:_StopAfterNEvalsHook", "read: distinguished from the user's hooks"),
        Name(
            f"{_ESTIMATOR}.util:_DatasetInitializerHook",
            "read: distinguished from the user's hooks",
        ),
        Name(
            "tensorflow.python.framework.op_def_registry:get",
            "called: says whether an op has a state",
        ),
    ),
    "sweep.training.kept_session": (
        Name(f"{_EVALUATION}:_evaluate_once", "replaced: it would open its own session"),
        Name(f"{_EVALUATION}:_get_or_create_eval_step", "called: counts the batches"),
        Name(f"{_EVALUATION}:_get_latest_eval_step_value", "called: counts the batches"),
        Name(
            f"{_EVALUATION}:_StopAfterNEvalsHook._set_evals_completed_tensor",
            "called: sets the counter of batches",
        ),
    ),
    "sweep.training.part": (
        Name(f"{_TRAINING}:_ContinuousEvalListener", "replaced: when an evaluator evaluates"),
        Name(f"{_TRAINING}:_NewCheckpointListenerForEvaluate", "called: evaluates as a master"),
        Name(f"{_TRAINING}:_TrainingExecutor._Evaluator", "called by it"),
        Name(f"{_STRATEGIC}.init_run_config", "called: puts the cluster into a RunConfig"),
        Name(
            f"{_ESTIMATOR}.estimator:Estimator._distribute_coordinator_mode",
            "read: whether a RunConfig was made with a strategy",
        ),
        Name(f"{_ESTIMATOR}.estimator:Estimator._config", "replaced: by a config with the cluster"),
    ),
    "sweep.training.taken_calls": (
        Name("tensorflow:compat.v1.estimator.Estimator.train", "replaced: a program's call"),
        Name("tensorflow:compat.v1.estimator.Estimator.evaluate", "replaced: a program's call"),
        Name(
            f"{_ESTIMATOR}.training:_TrainingExecutor.run",
            "replaced: does the work of a program's train_and_evaluate",
        ),
        Name(f"{_STRATEGIC}.train_and_evaluate", "replaced: the same with a cluster's strategy"),
        *(
            Name(f"{_ESTIMATOR}.training:_TrainingExecutor._{field}", "read: its argument")
            for field in ("estimator", "train_spec", "eval_spec")
        ),
        Name(
            f"{_ESTIMATOR}.run_config:_get_model_dir",
            "replaced: a RunConfig without a model_dir gets the trial's",
        ),
        Name(
            f"{_ESTIMATOR}.estimator:maybe_overwrite_model_dir_and_session_config",
            "replaced: an Estimator's model_dir is compared with the trial's as a path",
        ),
    ),
    "sweep.training.fetch_cache": (
        Name(
            "tensorflow.python.client.session:_FetchHandler",
            "replaced: prepares the fetches of a session",
        ),
    ),
    "sweep.training.sparing_saves": (
        Name(f"{_SAVER}.after_run", "replaced: asks less often for global_step"),
        Name(f"{_SAVER}.after_create_session", "replaced: does not write the graph"),
        Name(f"{_SAVER}._save", "called: writes a checkpoint"),
        Name(f"{_SAVER}._timer", "read: when the last checkpoint was written"),
        Name(f"{_SAVER}._global_step_tensor", "read"),
        Name(f"{_SAVER}._set_steps_per_run", "called: how far a run advances global_step"),
        Name(f"{_WRITERS}.get", "replaced: makes a writer that does not write the graph"),
        Name(f"{_WRITERS}._cache", "read and changed: the existing writers"),
        Name(f"{_WRITERS}._lock", "held while the writers are read"),
    ),
    "sweep.training.uninitialized": (
        Name(
            "tensorflow.python.ops.variables:report_uninitialized_variables",
            "replaced: finds uninitialized variables with fewer ops",
        ),
    ),
    "sweep.training.lifting.placeholders": (
        Name(
            "tensorflow.python.framework.ops:_create_graph_constant",
            "replaced: turns a large array into a placeholder",
        ),
        Name(
            "tensorflow.python.framework.ops:Operation._set_attr",
            "called: marks the constant that stands for an array",
        ),
    ),
    "sweep.model.features": (
        Name(
            f"{_ESTIMATOR}.estimator:Estimator._get_features_and_labels_from_input_fn",
            "called: only it knows the arguments of an input_fn",
        ),
    ),
    "sweep.engine.forking": (
        Name(
            "tensorflow.python.eager.context:Context._context_handle",
            "read: whether TensorFlow's runtime has been started",
        ),
        Name("tensorflow.python.eager.context:context", "called: returns the current context"),
    ),
}
"""The names, by the module that uses them."""

SUPPLIED = (
    Name(f"{_EXPORT}:ESTIMATOR_API_NAME", "Estimator's name of its own API"),
    Name("tensorflow.python.distribute.estimator_training", "imported by Estimator"),
    Name("tensorflow.python.estimator", "imported by libraries written for 2.15"),
    *(
        Name(f"{_ESTIMATOR}.tpu.{module}", "imported by Estimator")
        for module in ("tpu_config", "tpu_estimator", "_tpu_estimator_embedding")
    ),
)
"""Names that the project supplies, and that do not have to exist already."""
