"""What all suites share."""

from hypothesis import HealthCheck, settings

# The machine's speed is no part of a property: no deadlines, and the same examples on every run.
settings.register_profile("gateway", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gateway")
