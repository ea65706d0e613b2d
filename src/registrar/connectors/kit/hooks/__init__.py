"""Hooks: a manufacturer's `hooks.py` overrides one step, in a process that can be killed."""
