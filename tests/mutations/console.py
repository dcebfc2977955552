"""The admin's console: who may, what is done once, and what a press must have seen."""

from __future__ import annotations

from tests.mutations.mutant import Mutant

_HOST, _REVIEW = "whmcs_bridge/web/host/console.py", "whmcs_bridge/console/review.py"
_PAYMENTS, _SHEET = "whmcs_bridge/console/payments.py", "whmcs_bridge/money/spreadsheet.py"
_COLUMNS, _REPORTS = "whmcs_bridge/ledger/columns.py", "tests/ledger/test_reports.py"
_SECURITY, _PAGES = "tests/console/test_security.py", "tests/console/test_pages.py"

RULES = (
    Mutant("console", "a press is carried out twice", _HOST, 'if call.method != "GET":', "if False:", _SECURITY),
    Mutant("console", "a GET presses", "whmcs_bridge/console/console.py",
           'known = self._pages if call.method == "GET" else self._presses',
           'known = self._presses if call.field("settle") else self._pages', _SECURITY),
    Mutant("console", "any role moves money", _REVIEW, "if not call.admin.may_move_money:", "if False:", _PAGES),
    Mutant("console", "a press on what has changed", _REVIEW,
           "if call.field(_SEE_NOW) != seen(payment) or way is None:", "if way is None:", _PAGES),
    Mutant("console", "no reason", _REVIEW, "if not reason:", "if False:", _PAGES),
    Mutant("console", "words that name nothing find everything", _PAYMENTS,
           "nothing = problem or (q and not sought.is_named)", "nothing = problem", _PAGES),
    Mutant("console", "a cell is a formula", _SHEET, "given.lstrip().startswith(_FORMULA)", "False", _PAGES),
    Mutant("console", "any address of an addon", "whmcs_bridge/ledger/console_address.py",
           "if _ADDRESS.match(address) and address", "if address", _PAGES),
    Mutant("console", "a day of the sums ends at midnight in Greenwich", _COLUMNS,
           "({moment} - 18000000) {whole_division}", "{moment} {whole_division}", _REPORTS),
    Mutant("console", "what is not booked is in the sums", _COLUMNS,
           "WHEN state = 'posted'", "WHEN state != 'due'", _REPORTS),
)  # fmt: skip
