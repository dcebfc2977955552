"""The sandboxes behave as the vendors' documentation and field notes say: they are the oracle of all other tests."""
