"""What Wompi paid out: nothing twice, nothing of others, nothing that does not agree in silence."""

from __future__ import annotations

from tests.mutations.mutant import Mutant

BOOKS, IMPORTING = "whmcs_bridge/settlements/books.py", "whmcs_bridge/settlements/importing.py"
TABLE, REPORT = "whmcs_bridge/ledger/settlements.py", "wompi_gateway/payout_report.py"
MONTHS, TRIED = "tests/settlements/test_generated_months.py", "tests/settlements/test_books.py"
TARIFFS = "whmcs_bridge/settlements/tariffs.py"

RULES = (
    Mutant("settlements", "a row that does not add up agrees", BOOKS,
           "(booked_in_cents == settled.gross and settled.off_by == 0)", "booked_in_cents == settled.gross", MONTHS,
           also=((IMPORTING, "(booked != amounts[0] or sum(amounts) != 2 * amounts[0]) and not",
                  "booked != amounts[0] and not"),)),
    Mutant("settlements", "what is not ours is a finding", BOOKS,
           "return settled.reference is None or (", "return (", MONTHS,
           also=((BOOKS, "    if settled.reference is None:\n        return\n", ""),)),
    Mutant("settlements", "what was corrected is summed twice", TABLE,
           "    _add(connection, _sums_of(known[row.transaction_id] for row in changed), -1)\n", "", TRIED),
    Mutant("settlements", "a guessed payout takes the place of one that was told", TABLE,
           "if before.told_by > row.told_by or row.told_by == ToldBy.CALENDAR else row", "if False else row", TRIED),
    Mutant("settlements", "a payment that is no longer booked still agrees", TABLE,
           "open_states = (State.DUE, State.POSTING, State.REVIEW)", "open_states = (State.DUE, State.POSTING)", TRIED),
    Mutant("settlements", "an amount that could be either is taken for one of them", REPORT,
           r"""(?:\.\d{3}){2,}|(?:,\d{3}){2,})\Z""", r"""(?:\.\d{3})+|(?:,\d{3}){2,})\Z""",
           "tests/wompi_gateway/test_payout_report.py"),
    Mutant("settlements", "an odd day counts as another tariff", TARIFFS,
           "if not before or not after or any(tariff.fits(row) for tariff in before for row in rows_after):",
           "if not before:", "tests/settlements/test_tariffs.py"),
)  # fmt: skip
