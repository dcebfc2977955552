"""Everything that ``BRIDGE_SECRET`` signs: links, references, calls and proofs."""
