"""The application: what happens between an unpaid WHMCS invoice and an approved Wompi transaction."""

__version__ = "0.2.0"
