"""The sandbox's own measure: sliding windows, concurrency, by step."""

from registrar.sandbox.metrics import Metrics


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Now."""
        return self.now


def answered(metrics: Metrics, step: str = "submit") -> None:
    """One request, at once."""
    with metrics.request("acme", step):
        pass


def test_the_most_in_a_window_is_found_wherever_it_begins() -> None:
    """Two bursts around the turn of a second are one."""
    clock = Clock()
    metrics = Metrics(clock)
    for moment, number in ((100.9, 3), (101.0, 4), (101.85, 2), (105.0, 1), (170.0, 1)):
        clock.now = moment
        for _ in range(number):
            answered(metrics)
    assert metrics.report()["acme"]["max_in"] == {"1s": 9, "10s": 10, "60s": 10}


def test_a_window_is_open_at_its_end() -> None:
    """A limit of one a second allows one every second."""
    clock = Clock()
    metrics = Metrics(clock)
    for _ in range(5):
        answered(metrics)
        clock.now += 1.0
    assert metrics.report()["acme"]["max_in"]["1s"] == 1


def test_requests_at_once_are_counted_until_they_are_answered() -> None:
    """Of the manufacturer, and of each step."""
    metrics = Metrics()
    with metrics.request("acme", "submit"), metrics.request("acme", "verify"):
        during = metrics.report()["acme"]
    after = metrics.report()["acme"]
    assert (during["concurrent"], after["concurrent"], after["max_concurrent"]) == (2, 0, 2)
    assert {step: one["max_concurrent"] for step, one in after["steps"].items()} == {
        "submit": 1,
        "verify": 1,
    }
    assert (after["requests"], after["submits"]) == (2, 1)


def test_the_rate_falls_when_nothing_comes() -> None:
    """It is the mean of the last ten seconds at the time of the report."""
    clock = Clock()
    metrics = Metrics(clock)
    for _ in range(20):
        answered(metrics)
    busy = metrics.report()["acme"]["per_second"]
    clock.now += 10
    assert (busy, metrics.report()["acme"]["per_second"]) == (2.0, 0.0)


def test_a_reset_begins_from_zero() -> None:
    """Also while something is being answered."""
    metrics = Metrics()
    with metrics.request("acme", "submit"):
        metrics.reset()
    assert metrics.report() == {}
