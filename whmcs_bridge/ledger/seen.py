"""What the ledger keeps of a transaction as it was read back from Wompi: the only way from Wompi into the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from whmcs_bridge.ledger.keepable import is_amount, is_moment, is_word, kept
from wompi_gateway.errors import OddAnswer
from wompi_gateway.models import Transaction

# The lengths of their columns.
_STATUS, _CURRENCY, _METHOD, _REFERENCE = 40, 10, 40, 255


@dataclass(frozen=True, slots=True)
class Seen:
    """What is kept of a transaction as it was read back from Wompi. Nothing about the payer."""

    status: str
    reference: str
    invoice_id: int | None
    client_id: int | None
    amount_in_cents: int
    currency: str
    method: str | None
    finalized_at: datetime | None

    @classmethod
    def of(cls, transaction: Transaction, *, invoice_id: int | None, client_id: int | None) -> Seen:
        """Take from a transaction what the ledger keeps: the only way from Wompi into the ledger.

        Raises ``Unkeepable`` where the ledger cannot hold a value of a transaction of ours. A transaction that is not
        ours has no invoice; a value of it that cannot be held is left out.
        """
        method = (transaction.payment_method_type or "")[:_METHOD]
        fits = {
            "status": is_word(transaction.status, _STATUS),
            "amount_in_cents": is_amount(transaction.amount_in_cents),
            "currency": is_word(transaction.currency, _CURRENCY),
            "payment_method_type": is_word(method, _METHOD),
            "finalized_at": is_moment(transaction.finalized_at),
            "created_at": is_moment(transaction.created_at),
        }
        status = transaction.status if fits["status"] else ""
        reference = kept(transaction.reference, _REFERENCE)
        if invoice_id is not None and not all(fits.values()):
            partly = PartlySeen(status, reference, invoice_id, client_id)
            raise Unkeepable(partly, ", ".join(name for name, good in fits.items() if not good))
        at = transaction.finalized_at or transaction.created_at
        return cls(
            status=status,
            reference=reference,
            invoice_id=invoice_id,
            client_id=client_id,
            amount_in_cents=transaction.amount_in_cents if fits["amount_in_cents"] else 0,
            currency=transaction.currency if fits["currency"] else "",
            method=(method if fits["payment_method_type"] else "") or None,
            finalized_at=at if is_moment(at) else None,
        )


@dataclass(frozen=True, slots=True)
class PartlySeen:
    """Whose a transaction is that has a value which cannot be kept. ``status`` may be empty."""

    status: str
    reference: str
    invoice_id: int | None
    client_id: int | None


class Unkeepable(OddAnswer):
    """A transaction of ours has values that the ledger cannot hold; ``fields`` names them."""

    def __init__(self, seen: PartlySeen, fields: str) -> None:
        super().__init__(f"Wompi's answer about this payment cannot be kept ({fields})", fields=fields)
        self.seen = seen
