"""The workers: Dramatiq actors over the use cases. Dramatiq carries hints, and nothing else."""
