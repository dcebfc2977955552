"""The field's complaints, played against the bridge or against another module: `python -m tests.complaints`."""
