"""The oracle of every fault: what both sandboxes and the ledger say when all is done, against the invariants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from sqlalchemy import select

from whmcs_bridge.ledger.records import Payment, State
from whmcs_bridge.ledger.schema import events, journal
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox


@dataclass(slots=True)
class Verdict:
    """Ids of transactions, by what went wrong with them. All empty: the promise was kept."""

    lost: list[str] = field(default_factory=list)
    """I1: approved, and neither in WHMCS nor with a person."""
    doubled: list[str] = field(default_factory=list)
    """I2: in WHMCS more than once."""
    misbooked: list[str] = field(default_factory=list)
    """I3: in WHMCS with another invoice, amount or gateway than was clicked, or without being approved."""
    unkept: list[str] = field(default_factory=list)
    """I4: an event was answered with 200, and is not in the database."""
    untold: list[str] = field(default_factory=list)
    """I8: the last change of state has no line in the journal."""
    unsettled: list[str] = field(default_factory=list)
    """In WHMCS, and the ledger does not say ``posted``."""
    held: list[str] = field(default_factory=list)
    """Approved, not in WHMCS, and with a person: needless, unless WHMCS said "success" of what it has no row of."""
    unreturned: list[str] = field(default_factory=list)
    """Voided at Wompi, still paid in WHMCS, and no person is told."""
    faked: list[str] = field(default_factory=list)
    """Taken back in WHMCS, and the money did not go back at Wompi; or taken back twice."""

    @property
    def kept(self) -> bool:
        """Whether nothing went wrong, and nobody was troubled without need."""
        return self.safe and not self.held

    @property
    def safe(self) -> bool:
        """Whether nothing went wrong."""
        told = (self.lost, self.doubled, self.misbooked, self.unkept, self.untold, self.unsettled)
        return not any((*told, self.unreturned, self.faked))


def judge(
    whmcs: WhmcsSandbox,
    wompi: WompiSandbox,
    store: Store,
    promised: Mapping[str, tuple[int, int]],
    acknowledged: Iterable[str],
    several: Mapping[str, Mapping[int, int]] = MappingProxyType({}),
    rates: Mapping[str, int] = MappingProxyType({}),
) -> Verdict:
    """Compare everything. ``promised``: invoice and cents of each reference, as noted when the payer clicked;
    ``several``: the cents of each invoice, where there was more than one; ``rates``: pesos for one unit, where they are
    cents of another currency; ``acknowledged``: the transactions whose event was answered with 200."""
    verdict = Verdict()
    ours = [row for row in wompi.transactions if row["reference"] in promised]
    owed: dict[str, dict[str, tuple[int, int]]] = {"APPROVED": {}, "VOIDED": {}}
    for paid in ours:
        parts = several.get(paid["reference"], {})
        keys = {f"{paid['id']}-{invoice}": (invoice, cents) for invoice, cents in parts.items()}
        owed.setdefault(paid["status"], {}).update(keys or {str(paid["id"]): promised[paid["reference"]]})
        total = sum(parts.values()) or promised[paid["reference"]][1]
        if total * rates.get(paid["reference"], 1) != paid["amount_in_cents"]:
            verdict.misbooked.append(str(paid["id"]))
    approved, voided = owed["APPROVED"], owed["VOIDED"].keys()
    ledger = {payment.transaction_id: payment for payment in store.payments()}
    lines, stored = _journal(store), _events(store)
    rows: dict[str, list[tuple[int, Decimal, str]]] = {}
    for row in whmcs.transactions:
        if row.amountout == 0:
            rows.setdefault(row.transid, []).append((row.invoice_id, row.amountin, row.gateway))
    returned = _returned(whmcs)
    for transaction, (invoice, amount) in approved.items():
        booked = rows.get(transaction, [])
        payment = ledger.get(transaction)
        if not booked and not (payment and payment.state is State.REVIEW and payment.reason):
            verdict.lost.append(transaction)
        if len(booked) > 1:
            verdict.doubled.append(transaction)
        if any(row != (invoice, Decimal(amount) / 100, "wompi") for row in booked):
            verdict.misbooked.append(transaction)
        if not booked and payment and payment.state is State.REVIEW and payment.reason:
            verdict.held.append(transaction)
        elif payment is None or payment.state is not State.POSTED:
            verdict.unsettled.append(transaction)
    for transaction in voided & rows.keys():
        payment = ledger.get(transaction)
        if len(rows[transaction]) > 1:
            verdict.doubled.append(transaction)
        if not returned[transaction] and not (payment and payment.state is State.REVIEW and payment.reason):
            verdict.unreturned.append(transaction)
    verdict.faked += [name for name, times in returned.items() if name not in voided or times > 1]
    verdict.misbooked += sorted(rows.keys() - approved.keys() - voided)
    verdict.unkept += sorted(set(acknowledged) - stored)
    verdict.untold += [payment.transaction_id for payment in ledger.values() if not _told(payment, lines)]
    return verdict


def _returned(whmcs: WhmcsSandbox) -> Counter[str]:
    """How often each payment was taken back: by WHMCS against its row, or under the id that the bridge makes of it."""
    paid = {row.id: row.transid for row in whmcs.transactions if row.amountin > 0}
    out = [row for row in whmcs.transactions if row.amountout > 0]
    return Counter(paid.get(row.refundid) or row.transid.removesuffix("-VOIDED") for row in out)


def _told(payment: Payment, lines: Mapping[str, list[str]]) -> bool:
    told = [what for what in lines.get(payment.transaction_id, []) if what not in ("touch", "void", "clock")]
    return (told[-1] if told else "due") == payment.state


def _journal(store: Store) -> dict[str, list[str]]:
    query = select(journal.c.transaction_id, journal.c.what).order_by(journal.c.id)
    found: dict[str, list[str]] = {}
    for transaction_id, what in store._database.read(lambda connection: connection.execute(query).all()):
        found.setdefault(transaction_id, []).append(what)
    return found


def _events(store: Store) -> set[str]:
    query = select(events.c.transaction_id)
    return set(store._database.read(lambda connection: connection.execute(query).scalars().all()))
