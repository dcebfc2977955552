"""A whole world on loopback: a sandbox Wompi and a sandbox WHMCS, both real HTTP servers with the vendors' quirks.

They are the independent oracle of the project: nothing in the sandboxes imports `wompi_gateway` or the rest of
`whmcs_bridge`, so a mistake in the bridge cannot hide in its own mirror. `wompi-bridge demo` shows them to a person;
the tests use the same ones.
"""
