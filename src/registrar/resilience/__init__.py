"""Pure state machines of what a manufacturer can take: breaker, limits and retry budget.

Standard library only, no I/O, and no clock: every method is told the time, in whole milliseconds.
All numbers are integers, so that the same steps in another language come to the same answers.
"""
