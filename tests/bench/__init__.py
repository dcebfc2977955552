"""``make bench``: each goal of performance with its figure, beside its yardsticks, in one run. Never a test."""
