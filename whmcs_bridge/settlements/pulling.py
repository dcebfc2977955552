"""Payouts by Wompi's API: which there were, and which transactions each of them held.

Wompi documents neither, so whatever is odd is told as a problem, and nothing else depends on it. What was charged and
withheld is not told by the API, except that the sum of a payout is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from whmcs_bridge.ledger.keepable import is_amount, is_moment
from whmcs_bridge.ledger.records import Settled
from whmcs_bridge.ledger.settlement_queries import SettlementQueries
from whmcs_bridge.ledger.settlements import ToldBy, WompisPayout, day_of
from whmcs_bridge.messages import Text, bilingual
from whmcs_bridge.messages import settlements as words
from whmcs_bridge.settlements.books import agrees
from whmcs_bridge.settlements.importing import IsOurs, method_word, our_reference
from wompi_gateway.client import Listed, WompiClient
from wompi_gateway.errors import ApiError, IncompleteList, NotFound, OddAnswer
from wompi_gateway.models import CURRENCY, Disbursement, Transaction

# A payout holds transactions of some days before it: a weekend in Holy Week is six, and the zone of Wompi's days is not
# documented.
_BEFORE = timedelta(days=10)
_DAY = timedelta(days=1)
_BATCH = 500
_MOST_PROBLEMS = 20
_PAID = "APPROVED"


@dataclass(slots=True)
class Pulled:
    """What Wompi's lists told."""

    payouts: int = 0
    transactions: int = 0
    new: int = 0
    doubtful: int = 0
    problems: list[str] = field(default_factory=list)
    months: set[str] = field(default_factory=set)

    def problem(self, what: Text) -> None:
        """Note what was odd; of many, the first ones."""
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(bilingual(*what))


def pull(
    table: SettlementQueries,
    wompi: WompiClient,
    is_ours: IsOurs,
    done: Pulled | None = None,
    *,
    since: date,
    today: date,
    before_page: Callable[[], None] = lambda: None,
) -> Pulled:
    """Read the payouts since a day, and the transactions in them, to the lists' own ends. ``done`` is what is returned,
    for who watches it meanwhile. Raises ``DatabaseUnavailable``."""
    done = done or Pulled()
    try:
        rows = wompi.disbursements(since - _DAY, today + _DAY, before_page=before_page)
        known = table.keep_payouts(list(_payouts(rows, done)))
        done.payouts = len(known)
    except NotFound:
        known = {}
        done.problem(words.NO_LIST_OF_PAYOUTS)
    except ApiError as error:
        known = {}
        done.problem(words.list_failed(words.PAYOUTS, error))
    try:
        listed = wompi.transactions_between(since - _BEFORE, today + _DAY, before_page=before_page)
        found = _paid_out(listed, done)
        while batch := list(islice(found, _BATCH)):
            _keep(table, batch, known, is_ours, done)
    except ApiError as error:
        done.problem(words.list_failed(words.TRANSACTIONS, error))
    return done


def _payouts(rows: Iterator[Disbursement | OddAnswer], done: Pulled) -> Iterator[WompisPayout]:
    for row in rows:
        if isinstance(row, OddAnswer):
            done.problem(_odd(row, words.PAYOUTS))
        elif (payout := _as_payout(row)) is None:
            done.problem(words.payout_not_counted(row.id, _word(row.status)))
        else:
            yield payout


def _paid_out(rows: Iterator[Listed], done: Pulled) -> Iterator[tuple[Transaction, WompisPayout]]:
    for row in rows:
        if isinstance(row, OddAnswer):
            done.problem(_odd(row, words.TRANSACTIONS))
        elif row.disbursement is not None and (payout := _as_payout(row.disbursement)) is not None:
            if row.currency == CURRENCY and is_amount(row.amount_in_cents):
                yield row, payout
            else:
                done.problem(words.transaction_not_kept(row.id))


def _as_payout(told: Disbursement) -> WompisPayout | None:
    """None for what was not paid, or cannot be kept."""
    if told.status not in (None, _PAID) or not is_amount(told.amount_in_cents) or not is_moment(told.created_at):
        return None
    return WompisPayout(told.id, day_of(told.created_at), told.amount_in_cents)


def _keep(
    table: SettlementQueries,
    batch: list[tuple[Transaction, WompisPayout]],
    known: dict[str, str],
    is_ours: IsOurs,
    done: Pulled,
) -> None:
    # The list of payouts may not be there, or not have all of them: a transaction tells its own as well.
    known |= table.keep_payouts(
        {payout.wompi_id: payout for _, payout in batch if payout.wompi_id not in known}.values()
    )
    names = [transaction.id for transaction, _ in batch]
    booked = table.booked(names)
    posted = {name: one.posted_in_cents for name, one in booked.items()}
    rows = [
        Settled(
            transaction.id,
            day_of(_paid_at(transaction, payout)),
            known[payout.wompi_id],
            ToldBy.WOMPI,
            our_reference(transaction.reference, booked.get(transaction.id), is_ours),
            method_word(transaction.payment_method_type or ""),
            transaction.amount_in_cents,
        )
        for transaction, payout in batch
    ]
    before = table.settled(names)
    whole = [before.get(row.transaction_id, row) for row in rows]
    doubts = {row.transaction_id for row in whole if not agrees(row, posted.get(row.transaction_id))}
    done.new += table.keep(rows, doubts).new
    done.transactions += len(rows)
    done.doubtful += len(doubts)
    done.months |= {row.day[:7] for row in rows} | {payout.day[:7] for _, payout in batch}


def _paid_at(transaction: Transaction, payout: WompisPayout) -> datetime:
    # The report's day is that of the creation.
    at = transaction.created_at or transaction.finalized_at
    return at if at is not None and is_moment(at) else datetime.fromisoformat(f"{payout.day}T12:00:00-05:00")


def _odd(odd: OddAnswer, what: Text) -> Text:
    return words.list_ended_early(what, odd) if isinstance(odd, IncompleteList) else words.row_unreadable(what, odd)


def _word(status: str | None) -> str:
    return (status or "-").encode("ascii", "replace").decode("ascii")[:20]
