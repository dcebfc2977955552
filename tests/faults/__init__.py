"""The bridge under faults: its processes killed, frozen and cut off from their disk at every step."""
