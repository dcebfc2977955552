"""Several invoices in one payment."""

from __future__ import annotations

from tests.mutations.mutant import (
    CHOOSING,
    EVIDENCE,
    FEES,
    ORDERS,
    PARTS,
    REFERENCES,
    SEVERAL,
    STORE,
    VOIDS,
    WHOLE,
    Mutant,
)

RULES = (
    Mutant("parts", "a transaction that a person booked whole is booked again", EVIDENCE,
           "return whole if found.has is Has.NOTHING else found", "return found", SEVERAL),
    Mutant("parts", "of another sum each invoice gets what was remembered", EVIDENCE,
           "return other_sum(*told) if promise.count > 1 else other_amount(*told)",
           "return None if promise.count > 1 else other_amount(*told)", SEVERAL),
    Mutant("parts", "what WHMCS has of a lost payment counts as all of it", WHOLE,
           "whole = (voided or booked.total_in_cents == transaction.amount_in_cents) and not booked.unclear",
           "whole = True", SEVERAL),
    Mutant("parts", "an order brings them beyond what was paid", ORDERS,
           "if others + (payment.amount_in_cents or 0) > transaction.amount_in_cents:", "if False:", SEVERAL),
    Mutant("parts", "news of the transaction do not reach them", STORE,
           "in ((payments.c.transaction_id, now), (payments.c.part_of, in_order)):",
           "in ((payments.c.transaction_id, now),):", SEVERAL),
    Mutant("parts", "a press sees only the checkouts of its invoice alone", PARTS,
           "for mine in (checkouts.c.invoice_id.in_(invoice_ids), checkouts.c.reference.in_(held)):",
           "for mine in (checkouts.c.invoice_id.in_(invoice_ids),):", SEVERAL),
    Mutant("parts", "each is charged the whole fee", FEES,
           "both, its_iva = share(fee + iva, amounts, place), share(iva, amounts, place)",
           "both, its_iva = fee + iva, iva", SEVERAL),
    Mutant("parts", "the refund button voids the others as well", VOIDS,
           "if payment is not None and (payment.part_of is not None or payment.state is State.SPLIT):", "if False:",
           CHOOSING),
    Mutant("parts", "any MAC", REFERENCES, "if not verify(code[", "if False and verify(code[",
           "tests/signed/test_references.py"),
)  # fmt: skip
