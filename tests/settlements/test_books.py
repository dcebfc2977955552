"""The books: each row once, its sums with it, and what does not agree named, on each of the three databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from tests.settlements.reports import Books, Row, add_parts, add_payment, is_ours, write_report
from whmcs_bridge.ledger.engine.database import DatabaseUnavailable
from whmcs_bridge.ledger.records import Settled, State
from whmcs_bridge.ledger.settlements import ToldBy, WompisPayout
from whmcs_bridge.settlements.importing import Imported, import_report
from whmcs_bridge.settlements.month import Sums

pytestmark = pytest.mark.one_elsewhere

# The two rows of a production merchant's report that were published, to the cent.
PUBLISHED = (
    Row("1-1793700000-1", "2026-11-03", 84_076_300, 2_015_793, 383_000, 1_261_144, net=80_416_363),
    Row("1-1793700001-2", "2026-11-04", 31_754_900, 786_240, 149_385, 476_323, net=30_342_952),
)


def keep(books: Books, *rows: Row, day: str | None = "2026-11-04") -> Imported:
    """Import a report of these rows."""
    return import_report(books.table, write_report(books.folder, rows, day=day), is_ours, pause=lambda _seconds: None)


def book(books: Books, *rows: Row) -> None:
    for row in rows:
        add_payment(books.database, row)


class TestSums:
    def test_the_published_rows(self, all_books: Books) -> None:
        """840763.00 and 317549.00 became 804163.63 and 303429.52: what was charged and withheld ties to the cent."""
        book(all_books, *PUBLISHED)
        assert keep(all_books, PUBLISHED[0]).off == 0
        keep(all_books, PUBLISHED[1], day="2026-11-05")
        month = all_books.month()
        assert month.sums == Sums(2, 115_831_200, 2_802_033, 532_385, 0, 0, 1_737_467, 0, 110_759_315)
        assert [(one.id, one.amount_in_cents, one.payments) for one in month.payouts] == [
            ("2026-11-04", 80_416_363, 1),
            ("2026-11-05", 30_342_952, 1),
        ]
        assert month.findings == []
        assert month.proposed_fees == "2.35%+400"

    def test_a_file_twice_changes_nothing(self, all_books: Books) -> None:
        """Not under another name either, as a browser gives it."""
        rows = [Row("1-1-1"), Row("1-1-2", gross=2_000_000, reference="theirs")]
        book(all_books, rows[0])
        first = keep(all_books, *rows)
        before = all_books.month()
        again = import_report(
            all_books.table,
            write_report(all_books.folder, rows, name="copia (1) 04-11-2026-disbursement-report.csv"),
            is_ours,
        )
        assert (first.new, again.new, again.changed) == (2, 0, 0)
        assert all_books.month() == before

    def test_a_corrected_report_takes_the_place_of_the_first(self, all_books: Books) -> None:
        """Of one transaction the newest report holds, and the sums follow."""
        book(all_books, Row("1-1-1"))
        wrong = keep(all_books, Row("1-1-1", net=1))
        assert all_books.findings() == [("row_does_not_add_up", "1-1-1")]
        right = keep(all_books, Row("1-1-1"))
        assert (wrong.off, right.off, right.changed) == (1, 0, 1)
        assert all_books.findings() == []
        assert all_books.month().sums.net == 5_950_000 - 227_675 - 43_258 - 89_250

    def test_of_a_transaction_that_stands_twice_in_a_file_the_last_row_holds(self, all_books: Books) -> None:
        """It is one transaction, and is counted once."""
        book(all_books, Row("1-1-1"))
        keep(all_books, Row("1-1-1", net=1), Row("1-1-1"))
        assert (all_books.month().sums.payments, all_books.findings()) == (1, [])

    def test_what_is_not_ours_is_counted_and_nothing_else(self, all_books: Books) -> None:
        """In no total and no finding, though it does not add up and is not booked; its reference is not kept. The
        payout is the bank's line, so it has all of it."""
        book(all_books, Row("1-1-1"))
        keep(all_books, Row("1-1-1"), Row("1-1-2", net=1, reference="Pedido 123 de Ana"))
        month = all_books.month()
        assert (month.others, month.sums.payments, month.sums.gross, month.findings) == (1, 1, 5_950_000, [])
        (payout,) = month.payouts
        assert (payout.payments, payout.amount_in_cents) == (1, 5_589_817 + 1)
        assert all_books.table.settled(["1-1-2"])["1-1-2"].reference is None

    def test_months_are_colombian_payments_by_their_own_day_payouts_by_theirs(self, all_books: Books) -> None:
        """Paid on the last day of October, paid out in November: October has the payment, November the payout."""
        row = Row("1-1-1", "2026-10-31")
        book(all_books, row)
        keep(all_books, row, day="2026-11-03")
        october, november = all_books.month("2026-10"), all_books.month("2026-11")
        assert (october.sums.payments, len(october.payouts)) == (1, 0)
        assert (november.sums.payments, [one.day for one in november.payouts]) == (0, ["2026-11-03"])

    def test_by_day_and_by_method(self, all_books: Books) -> None:
        """For the chart; each adds up to the month."""
        rows = [Row("1-1-1"), Row("1-1-2", method="Pse"), Row("1-1-3", "2026-11-05", method="NEQUI")]
        book(all_books, *rows)
        keep(all_books, *rows)
        month = all_books.month()
        assert [(day, sums.payments) for day, sums in month.by_day] == [("2026-11-03", 2), ("2026-11-05", 1)]
        assert [(method, sums.gross) for method, sums in month.by_method] == [
            ("CARD", 5_950_000),
            ("NEQUI", 5_950_000),
            ("PSE", 5_950_000),
        ]


class TestFindings:
    def test_paid_out_and_not_booked_until_it_is(self, all_books: Books) -> None:
        """Unknown to the bridge, or with a person; once it is booked the books agree by themselves."""
        keep(all_books, Row("1-1-1"), Row("1-1-2"))
        add_payment(all_books.database, Row("1-1-2"), state=State.REVIEW)
        assert all_books.findings() == [("paid_out_not_booked", "1-1-1"), ("paid_out_not_booked", "1-1-2")]
        told = {one.transaction_id: one.message for one in all_books.month().findings}
        assert "reconcile --since 2026-11-03" in told["1-1-1"]
        assert "espera a una persona" in told["1-1-2"]
        book(all_books, Row("1-1-1"))
        assert all_books.findings() == [("paid_out_not_booked", "1-1-2")]

    def test_a_payment_that_is_no_longer_booked(self, all_books: Books) -> None:
        """It was counted in WHMCS and is gone from there: the books no longer agree."""
        book(all_books, Row("1-1-1"))
        keep(all_books, Row("1-1-1"))
        assert all_books.findings() == []
        all_books.database.write(lambda connection: connection.exec_driver_sql("UPDATE payments SET state = 'review'"))
        assert all_books.findings() == [("paid_out_not_booked", "1-1-1")]

    @pytest.mark.parametrize(("today", "late"), [("2026-11-06", False), ("2026-11-09", True)])
    def test_booked_and_not_paid_out_after_three_business_days(self, all_books: Books, today: str, late: bool) -> None:
        """Tuesday the 3rd: the third business day is Friday the 6th; the weekend ends the patience."""
        book(all_books, Row("1-1-1"))
        expected = [("booked_not_paid_out", "1-1-1")] if late else []
        assert all_books.findings(today=today) == expected
        keep(all_books, Row("1-1-1"))
        assert all_books.findings(today=today) == []

    def test_what_was_never_booked_need_not_be_paid_out(self, all_books: Books) -> None:
        """A declined payment is in no book."""
        add_payment(all_books.database, Row("1-1-1"), state=State.CLOSED, status="DECLINED")
        assert all_books.findings() == []

    def test_amounts_that_differ(self, all_books: Books) -> None:
        """By one cent; the sentence names both."""
        add_payment(all_books.database, Row("1-1-1"), amount=5_949_999)
        keep(all_books, Row("1-1-1"))
        assert all_books.findings() == [("amount_differs", "1-1-1")]
        assert "59.499,99" in all_books.month().findings[0].why.es

    def test_a_payout_that_does_not_add_up(self, all_books: Books) -> None:
        """Wompi says one sum, its rows make up another; only where a report has told the rows."""
        told = WompisPayout("700001", "2026-11-04", 5_589_818)
        all_books.table.keep_payouts([told])
        assert all_books.findings() == []
        book(all_books, Row("1-1-1"))
        keep(all_books, Row("1-1-1"))
        assert all_books.findings() == [("payout_does_not_add_up", None)]
        (finding,) = all_books.month().findings
        assert all(part in finding.why.es for part in ("700001", "2026-11-04", "55.898,18", "55.898,17"))
        all_books.table.keep_payouts([replace(told, amount_in_cents=5_589_817)])
        assert all_books.findings() == []

    def test_one_row_may_have_several(self, all_books: Books) -> None:
        """It does not add up, and is not booked: each with its sentence."""
        keep(all_books, Row("1-1-1", net=1))
        assert all_books.findings() == [("paid_out_not_booked", "1-1-1"), ("row_does_not_add_up", "1-1-1")]

    def test_more_than_a_page_of_them(self, books: Books) -> None:
        """None is lost between two pages, nor told twice."""
        rows = [Row(f"1-1-{number:04d}", f"2026-11-{number % 3 + 1:02d}") for number in range(1_203)]
        keep(books, *rows)
        assert [name for _, name in books.findings()] == sorted(row.transaction for row in rows)


class TestPayouts:
    def test_a_day_s_report_and_wompi_s_payout_of_that_day_are_one(self, all_books: Books) -> None:
        """Whichever comes first; it then bears Wompi's number."""
        book(all_books, Row("1-1-1"), Row("1-1-2"))
        keep(all_books, Row("1-1-1"))
        all_books.table.keep_payouts([WompisPayout("7", "2026-11-04", 5_589_817), WompisPayout("8", "2026-11-05", 1)])
        keep(all_books, Row("1-1-2", net=1), day="2026-11-05")
        assert [(one.id, one.day, one.payments) for one in all_books.month().payouts] == [
            ("7", "2026-11-04", 1),
            ("8", "2026-11-05", 1),
        ]

    def test_two_payouts_of_one_day(self, all_books: Books) -> None:
        """The list of transactions tells them apart."""
        table = all_books.table
        known = table.keep_payouts([WompisPayout(name, "2026-11-04", 5_589_817) for name in ("7", "8")])
        assert (
            known
            == {"7": "2026-11-04", "8": "8"}
            == table.keep_payouts([WompisPayout(name, "2026-11-04", 5_589_817) for name in ("8", "7")])
        )
        book(all_books, Row("1-1-1"), Row("1-1-2"))
        pulled = Settled("1-1-2", "2026-11-03", "8", ToldBy.WOMPI, "OURS", "CARD", 5_950_000)
        table.keep([pulled], set())
        keep(all_books, Row("1-1-1"), Row("1-1-2"))
        assert [(one.id, one.payments) for one in all_books.month().payouts] == [("7", 1), ("8", 1)]
        assert all_books.findings() == []

    def test_without_a_day_in_the_name_the_next_business_day_is_taken(self, all_books: Books) -> None:
        """Friday's is paid out on Tuesday, as Monday the 2nd is a holiday; the report's own name corrects it."""
        row = Row("1-1-1", "2026-10-30")
        book(all_books, row)
        keep(all_books, row, day=None)
        assert [one.day for one in all_books.month().payouts] == ["2026-11-03"]
        keep(all_books, row, day="2026-11-04")
        assert [one.day for one in all_books.month().payouts] == ["2026-11-04"]
        keep(all_books, row, day=None)
        assert [one.day for one in all_books.month().payouts] == ["2026-11-04"]

    def test_the_bank_s_line(self, books: Books) -> None:
        """Its wording changed on 13 April 2026."""
        for number, day in enumerate(("2026-04-10", "2026-04-13")):
            keep(books, Row(f"1-1-{number}", "2026-04-09"), day=day)
        assert [one.bank_text for one in books.month("2026-04").payouts] == [
            "PAGO DE PROV WOMPI S.A.S.",
            "PAGO DE TERC WOMPI S.A.S.",
        ]


class TestWhatIsKept:
    def test_no_payer_and_no_account(self, books: Books, tmp_path: Path) -> None:
        """Document, its kind, and columns that are not known: none of it is in the file of the database."""
        path = write_report(tmp_path, [Row("1-1-1")])
        text = path.read_text("utf-8").replace("\n", ",correo\n", 1).replace(",CC\n", ",CC,ana@ejemplo.test\n")
        path.write_text(text, "utf-8")
        done = import_report(books.table, path, is_ours)
        assert done.unknown_columns == ("correo",)
        books.database.close()
        kept = b"".join(file.read_bytes() for file in tmp_path.glob("bridge.db*"))
        assert b"1-1-1" in kept
        assert b"1012345678" not in kept
        assert b"ana@ejemplo" not in kept


class TestOfSeveralInvoices:
    """One transaction at Wompi and in its report; in WHMCS a payment for each invoice that it pays."""

    def test_the_parts_together_are_what_was_booked(self, all_books: Books) -> None:
        """45,000 and 14,500 make the 59,500 of the report, before it is there and after."""
        add_parts(all_books.database, Row("1-1-1"), (1042, 4_500_000, State.POSTED), (1043, 1_450_000, State.POSTED))
        assert all_books.findings() == [("booked_not_paid_out", "1-1-1")]
        assert "1042, 1043" in all_books.month().findings[0].why.es
        keep(all_books, Row("1-1-1"))
        assert all_books.findings() == []
        (row,) = all_books.table.walk_settled("2026-11-03", "2026-11-03")
        assert row[-1] == "1042, 1043"

    def test_a_part_that_waits_for_a_person_is_not_booked(self, all_books: Books) -> None:
        """The transaction is booked when all of it is."""
        add_parts(all_books.database, Row("1-1-1"), (1042, 4_500_000, State.POSTED), (1043, 1_450_000, State.REVIEW))
        keep(all_books, Row("1-1-1"))
        assert all_books.findings() == [("paid_out_not_booked", "1-1-1")]
        assert "espera a una persona" in all_books.month().findings[0].why.es

    def test_parts_that_do_not_make_up_what_was_paid(self, all_books: Books) -> None:
        """By one cent: it is said once, of the transaction."""
        add_parts(all_books.database, Row("1-1-1"), (1042, 4_500_000, State.POSTED), (1043, 1_449_999, State.POSTED))
        keep(all_books, Row("1-1-1"))
        assert all_books.findings() == [("amount_differs", "1-1-1")]

    def test_a_part_that_was_booked_after_the_report(self, all_books: Books) -> None:
        """The books agree by themselves, and open parts raise no doubt about an agreement that stands."""
        add_parts(all_books.database, Row("1-1-1"), (1042, 4_500_000, State.POSTED), (1043, 1_450_000, State.DUE))
        keep(all_books, Row("1-1-1"))
        assert all_books.findings() == [("paid_out_not_booked", "1-1-1")]
        all_books.database.write(
            lambda connection: connection.exec_driver_sql("UPDATE payments SET state = 'posted' WHERE state = 'due'")
        )
        assert all_books.findings() == []
        all_books.database.write(
            lambda connection: connection.exec_driver_sql(
                "UPDATE payments SET state = 'review' WHERE invoice_id = 1043"
            )
        )
        assert all_books.findings() == [("paid_out_not_booked", "1-1-1")]


def test_a_first_look_that_is_interrupted_goes_on_where_it_was(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """Years may have been booked before the first report: whoever waits no longer has not made the next one begin
    anew, and nothing is left out."""
    monkeypatch.setattr("whmcs_bridge.ledger.settlements.PAGE", 2)
    days = [f"2026-11-0{number}" for number in range(1, 7)]
    book(books, *(Row(f"{number}-1", day=day) for number, day in enumerate(days)))
    write, walked = books.database.write, list[Any]()

    def interrupted(work: Callable[[Connection], Any]) -> Any:
        if len(walked) == 2:
            raise DatabaseUnavailable
        walked.append(work)
        return write(work)

    monkeypatch.setattr(books.database, "write", interrupted)
    with pytest.raises(DatabaseUnavailable):
        books.table.look_through()
    monkeypatch.setattr(books.database, "write", write)
    assert (books.table.recall("settlements_looked_through") or "").startswith("2026-11-04T15:04")
    assert [one for _, one in books.findings()] == [f"{number}-1" for number in range(6)]
