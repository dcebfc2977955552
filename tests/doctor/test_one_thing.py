"""One healthy world, one thing broken at a time: the one is named, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.doctor.patient import Patient, ill
from tests.doctor.room import Room
from tests.world import BRIDGE_SECRET
from whmcs_bridge.doctor import database
from whmcs_bridge.ledger import migrations
from whmcs_bridge.ledger.engine import durability
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.sandbox.faults import Kind
from whmcs_bridge.whmcs.hooks_files import hooks_directory

OTHER_SECRET = "another-secret-of-the-tests-0123456789"


def test_a_healthy_world_is_in_order_and_nothing_in_it_is_changed(patient: Patient) -> None:
    """No check complains, the ids are unique, and neither WHMCS, Wompi nor the ledger is other than before."""
    world = patient.world
    whmcs, wompi = world.whmcs, world.wompi
    before = [repr(whmcs.books), repr(wompi.transactions), world.bridge.store.payments(), world.bridge.store.newest()]
    diagnosis = patient.examine({})
    assert (ill(diagnosis), diagnosis.exit_status) == ({}, 0)
    assert len({check.id for check in diagnosis.checks}) == len(diagnosis.checks)
    after = [repr(whmcs.books), repr(wompi.transactions), world.bridge.store.payments(), world.bridge.store.newest()]
    assert after == before
    assert (whmcs.notifications, whmcs.admin_emails, wompi.calls_to("POST")) == ([], [], [])


def test_every_part_is_checked(patient: Patient) -> None:
    """The ids are stable: monitoring reads them."""
    assert {check.id for check in patient.examine({}).checks} == {
        "settings", "settings.keys", "settings.metrics",
        "database.disk", "database.open", "database.durable", "database.schema", "database.writable",
        "worker.alive", "worker.backlog", "ledger.rows", "payments.review",
        "wompi.reachable", "wompi.public_key", "wompi.merchant", "wompi.private_key", "wompi.same_merchant",
        "whmcs.reachable", "whmcs.access", "whmcs.version", "whmcs.gateway", "whmcs.currency",
        "permission.GetInvoice", "permission.GetInvoices", "permission.GetClientsDetails",
        "permission.GetTransactions", "permission.AddInvoicePayment", "permission.AddTransaction",
        "permission.TriggerNotificationEvent", "permission.SendAdminEmail", "permission.GetPaymentMethods",
        "permission.GetCurrencies",
        "address.reachable", "address.this_bridge", "address.webhook",
        "hooks.secret", "hooks.version", "hooks.address", "hooks.reaches_bridge",
        "clock.bridge", "clock.whmcs",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("GetInvoice", "fail"), ("GetInvoices", "fail"), ("GetClientsDetails", "fail"), ("GetTransactions", "fail"),
        ("AddInvoicePayment", "fail"), ("AddTransaction", "warn"), ("TriggerNotificationEvent", "warn"),
        ("SendAdminEmail", "warn"), ("GetPaymentMethods", "warn"), ("GetCurrencies", "warn"),
    ],
)  # fmt: skip
def test_a_permission_that_the_role_lacks(room: Room, action: str, status: str) -> None:
    """It is named alone, with the place to tick it; what booking can do without is a warning."""
    room.whmcs(denied={action.lower()})
    diagnosis = room.examine()
    assert ill(diagnosis) == {f"permission.{action}": status}
    assert diagnosis.exit_status == (1 if status == "fail" else 0)
    (fix,) = [check.fix for check in diagnosis.checks if check.fix]
    assert f"marque {action}" in fix


def test_all_that_a_permission_is_for_is_told(room: Room) -> None:
    """AddTransaction is for two commands: neither works without it."""
    room.whmcs(denied={"addtransaction"})
    (told,) = [check.message for check in room.examine().checks if check.fix]
    assert "«resolve --credit»" in told
    assert "«resolve --record-void»" in told


def ip_refused(room: Room) -> None:
    room.whmcs(allowed_ips={"203.0.113.9"})


def maintenance(room: Room) -> None:
    room.whmcs(maintenance=True)


def whmcs(**changes: object) -> Callable[[Room], None]:
    return lambda room: room.whmcs(**changes)


def wompi(**changes: object) -> Callable[[Room], None]:
    return lambda room: room.wompi(**changes)


def fault(on: str, kind: Kind) -> Callable[[Room], None]:
    return lambda room: room.fault(on, kind)


def redirected(room: Room) -> None:
    room.fault("WhmcsDetails", "redirect", location="https://www.example.com/includes/api.php?secret=1")


def notices(room: Room) -> None:
    room.fault("WhmcsDetails", "notice")


def files_of_another_version(room: Room) -> None:
    shutil.copytree(hooks_directory(), room.folder / "hooks")
    (room.folder / "hooks/modules/gateways/wompi/lib/Link.php").write_text("<?php // an older release\n")
    room.whmcs(hooks_dir=room.folder / "hooks")


def our_clock(seconds: float) -> Callable[[Room], None]:
    """Both of the others agree against us."""

    def break_it(room: Room) -> None:
        room.whmcs(date_off_by=-seconds)
        room.wompi(date_off_by=-seconds)

    return break_it


def public_key_unknown(room: Room) -> None:
    room.wompi(public_key="pub_test_TheMerchantMadeANewOne")
    # Its transactions still name the merchant by the key that we have.
    room.patch.setattr(room.patient.world.wompi, "omit_merchant", True)


def keys_of_two_merchants(room: Room) -> None:
    world = room.patient.world
    (row,) = world.wompi.transactions
    world.wompi.amend(row["id"], merchant=row["merchant"] | {"public_key": "pub_test_AnotherMerchant"})
    room.stack.callback(world.wompi.amend, row["id"], merchant=row["merchant"])


def disk(free: int) -> Callable[[Room], None]:
    def break_it(room: Room) -> None:
        usage = type("Usage", (), {"free": free})
        room.patch.setattr(shutil, "disk_usage", lambda _: usage)

    return break_it


def network_disk(room: Room) -> None:
    mounts = room.folder / "mounts"
    mounts.write_text(f"/dev/vda1 / ext4 rw 0 0\nfiler:/data {room.patient.folder} nfs4 rw 0 0\n")
    room.patch.setattr(database, "MOUNTS", mounts)


def ledger_off(room: Room) -> None:
    """The clock of the database server is five minutes behind."""
    clock = room.patient.world.clock
    room.patch.setattr(database, "Store", lambda book, _: Store(book, lambda: clock() - timedelta(minutes=5)))


def read_only(room: Room) -> None:
    trigger = "CREATE TRIGGER full BEFORE {} ON meta BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    room.sql(trigger.format("UPDATE"), "DROP TRIGGER full")
    room.patient.world.bridge.database.write(
        lambda connection: connection.exec_driver_sql("DELETE FROM meta WHERE name = 'doctor_nonce'")
    )
    room.sql(trigger.replace("full", "fuller", 1).format("INSERT"), "DROP TRIGGER fuller")


def not_durable(room: Room) -> None:
    room.patch.setattr(durability, "_SQLITE", {"synchronous": ("3",)})


def tables(revision: str) -> Callable[[Room], None]:
    def break_it(room: Room) -> None:
        told = "UPDATE alembic_version SET version_num = '{}'"
        room.sql(told.format(revision), told.format(migrations.HEAD))

    return break_it


def payment(room: Room, state: str, due_before: int | None, created_before: int, name: str = "12022-1-1") -> None:
    now = int(room.patient.world.clock().timestamp() * 1000)
    due = "NULL" if due_before is None else str(now - due_before * 60_000)
    room.sql(
        "INSERT INTO payments (transaction_id, state, status, reason, due_at, looks, touched, created_at, dismissed)"
        f" VALUES ('{name}', '{state}', 'APPROVED', 'x', {due}, 0, 0, {now - created_before * 60_000}, 0)",
        f"DELETE FROM payments WHERE transaction_id = '{name}'",
    )


def work_left_undone(room: Room) -> None:
    payment(room, "due", due_before=11, created_before=11)


def in_review(room: Room) -> None:
    payment(room, "review", due_before=None, created_before=1)


def events_do_not_arrive(room: Room) -> None:
    payment(room, "posted", due_before=None, created_before=90)


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (ip_refused, {"whmcs.ip": "fail"}),
        (whmcs(allowed_ips={"203.0.113.9"}, ip_error_as_nvp=True), {"whmcs.ip": "fail"}),
        (whmcs(secret="TheAdminMadeANewOne"), {"whmcs.credential": "fail"}),
        (whmcs(identifier="TheAdminDeletedTheOldOne"), {"whmcs.credential": "fail"}),
        (whmcs(gateways={"banktransfer": "Transferencia"}), {"whmcs.gateway": "fail"}),
        (whmcs(currencies={"USD"}), {"whmcs.currency": "fail"}),
        (whmcs(version="7.10.2"), {"whmcs.version": "fail"}),
        (whmcs(denied={"whmcsdetails"}), {"whmcs.version": "warn"}),
        (maintenance, {"whmcs.reachable": "fail"}),
        (fault("WhmcsDetails", "html"), {"whmcs.reachable": "fail"}),
        (fault("WhmcsDetails", "500"), {"whmcs.reachable": "fail"}),
        (redirected, {"whmcs.reachable": "fail"}),
        (notices, {"whmcs.notices": "warn"}),
        (fault("AddInvoicePayment", "reset"), {"permission.unknown": "warn"}),
        (whmcs(hooks_dir=None), {"hooks.answer": "fail"}),
        (fault("callback", "503"), {"hooks.answer": "fail"}),
        (files_of_another_version, {"hooks.version": "fail"}),
        (whmcs(bridge_secret=OTHER_SECRET), {"hooks.secret": "fail"}),
        (whmcs(bridge_url="https://otro.example.com/"), {"hooks.address": "fail"}),
        (whmcs(date_off_by=-40), {"clock.whmcs": "warn"}),
        (whmcs(date_off_by=400), {"clock.whmcs": "fail"}),
        (our_clock(40), {"clock.bridge": "warn"}),
        (our_clock(-4000), {"clock.bridge": "fail"}),
        (public_key_unknown, {"wompi.public_key": "fail"}),
        (wompi(private_key="prv_test_TheMerchantMadeANewOne"), {"wompi.private_key": "fail"}),
        (wompi(merchant_active=False), {"wompi.merchant": "fail"}),
        (keys_of_two_merchants, {"wompi.same_merchant": "fail"}),
        (disk(90 * 1024**2), {"database.disk": "fail"}),
        (disk(900 * 1024**2), {"database.disk": "warn"}),
        (network_disk, {"database.file_system": "warn"}),
        (ledger_off, {"clock.ledger": "warn"}),
        (read_only, {"database.writable": "fail"}),
        (not_durable, {"database.durable": "warn"}),
        (tables("0000"), {"database.schema": "warn"}),
        (tables("9999"), {"database.schema": "warn"}),
        (Room.stop_the_heart, {"worker.alive": "fail"}),
        (work_left_undone, {"worker.backlog": "fail"}),
        (in_review, {"payments.review": "warn"}),
        (events_do_not_arrive, {"events.arrive": "warn"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_one_thing_is_broken(room: Room, broken: Callable[[Room], None], named: dict[str, str]) -> None:
    """It is named, with something to do about it, and nothing else is."""
    broken(room)
    diagnosis = room.examine()
    assert ill(diagnosis) == named
    assert diagnosis.exit_status == ("fail" in named.values())
    for check in diagnosis.checks:
        assert bool(check.fix) == (check.id in named)
        assert BRIDGE_SECRET not in check.message + check.fix
        assert room.patient.world.whmcs.secret not in check.message + check.fix


def test_the_refused_address_is_named(room: Room) -> None:
    """The admin is told what to write where."""
    ip_refused(room)
    (check,) = [check for check in room.examine().checks if check.fix]
    assert "Add IP, escriba 127.0.0.1 y guarde" in check.fix


def test_where_a_redirection_leads_is_told_without_its_query(room: Room) -> None:
    """The address to write down, and nothing that may be secret."""
    redirected(room)
    (check,) = [check for check in room.examine().checks if check.fix]
    assert "redirige a https://www.example.com/includes/api.php." in check.message
