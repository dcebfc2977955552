"""``make bench``: the bridge as it is shipped, side by side with its yardsticks, against the goals."""
