"""Wompi's protocol (Colombia), and nothing else: no Flask, no SQL, no WHMCS, no environment variables.

Read in this order: ``errors`` (what can go wrong, by what the caller does next), ``keys`` (a merchant's keys and their
environment), ``signatures`` (the two hashes), ``models`` (what Wompi answers), ``checkout`` (the signed address of the
Web Checkout), ``events`` (bytes in, event out) and ``client`` (the only module that speaks over the network).
"""
