"""Large arrays of an input_fn, lifted out of Estimator's graph."""
