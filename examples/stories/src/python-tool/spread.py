"""A library that knows nothing of agents."""

import statistics


def spread(values: list[float], digits: int = 2) -> dict[str, float]:
    """Mean, median and standard deviation of some values."""
    if len(values) < 2:
        raise ValueError("at least two values are needed")
    return {
        "mean": round(statistics.mean(values), digits),
        "median": round(statistics.median(values), digits),
        "deviation": round(statistics.stdev(values), digits),
    }
