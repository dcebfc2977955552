"""The customer's way, walked in a real browser."""
