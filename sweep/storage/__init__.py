"""The database of the results: an ordinary Optuna storage, opened for a sweep or only to read.

- What is known of it: its URL (`url`), Optuna's tables (`schema`).
- Opened: `database`.
- Written, through Optuna: a storage of few statements (`sweep_storage`), a study that is asked and
  told (`study`), what waits while it cannot be written (`backlog`), artifacts (`artifacts`).
- Read, without Optuna: `reading`, and what a command finds of a study before it sweeps
  (`kept_study`).
- Who may write: `lock`, `holder`.
- Whether it is still the same: `whereabouts`, `mark`.
"""
