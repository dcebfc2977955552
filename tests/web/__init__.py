"""The web side, by HTTP."""
