"""The fleet's gates: one state for all processes, in Redis, and its twin in memory."""
