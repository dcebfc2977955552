"""The admin's console: the pages of the addon inside WHMCS (Addons -> Wompi), drawn here and printed there.

WHMCS decides who may: its login, its roles and its form token. Its PHP hands over one signed call for a page and prints
the answer. Here is what a page says and what a press does; no request of HTTP, no signature.
"""
