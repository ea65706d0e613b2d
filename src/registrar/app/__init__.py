"""The use cases: what callers, the dispatcher and the workers ask for."""
