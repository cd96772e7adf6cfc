"""The steps of the process that may put a network call between two transactions."""
