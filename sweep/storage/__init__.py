"""The database of the results: an ordinary Optuna storage, opened for a sweep or for reading.

- Facts about it: its URL (`url`), Optuna's tables (`schema`).
- Opening it: `database`.
- Writing through Optuna: a storage with few statements (`sweep_storage`), the study of a sweep
  (`study`), writes that wait while the database cannot be written (`backlog`), artifacts
  (`artifacts`).
- Reading without Optuna: `reading`, and what a command finds of a study before it sweeps
  (`kept_study`).
- Who may write: `lock`, `holder`.
- Whether it is still the same database: `whereabouts`, `mark`.
"""
