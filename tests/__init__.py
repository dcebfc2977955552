"""Tests. Facts stand in the docstrings; steps are called, not loops waited for."""
