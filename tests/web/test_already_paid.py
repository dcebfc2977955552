""" "Ya pagué": wherever a payer stands, they see what became of their attempts on the invoice."""

from __future__ import annotations

import gzip
import re

import pytest

from tests.world import World
from whmcs_bridge.signed.links import Purpose, read_link, signature_of
from wompi_gateway.client import WompiClient

pytestmark = pytest.mark.slow


@pytest.fixture
def world(sqlite_world: World) -> World:
    """None of this has to do with the kind of database."""
    return sqlite_world


def seen(world: World, invoice: int, status: str, **options: str) -> str:
    """An attempt whose payer came back, so that it is known."""
    transaction = world.pay(invoice, status, **options)
    assert world.http.get(f"/return?id={transaction}").status_code == 200
    return transaction


def page(world: World, address: str, status: int = 200, browser: str = "es-CO") -> str:
    response = world.http.get(address, headers={"Accept-Language": browser})
    assert response.status_code == status
    return response.text


class TestOnThePayPage:
    def test_an_invoice_of_many_lines_weighs_little(self, world: World) -> None:
        """Whatever they are written in, it is under 20 kB on the wire; who takes no gzip gets it as it is."""
        invoice = world.invoice("200000.00", tax="0.00", items=[("主机托管服务" * 80, "1000.00")] * 200)
        address = f"/pay/{world.link(invoice)}"
        response = world.http.get(address, headers={"Accept-Encoding": "gzip, deflate, br"})
        assert response.headers["Content-Encoding"] == "gzip"
        assert len(response.data) < 20_000
        plain = world.http.get(address)
        assert "Content-Encoding" not in plain.headers
        assert gzip.decompress(response.data) == plain.data

    @pytest.mark.parametrize("purpose", [Purpose.PAY, Purpose.MAIL])
    def test_the_attempts_stand_there_with_a_way_to_each(self, world: World, purpose: Purpose) -> None:
        """What became of it, how much, by which method and when; also by a link from an e-mail."""
        transaction = seen(world, world.invoice(), "DECLINED")
        shown = page(world, f"/pay/{world.link(1042, purpose=purpose)}")
        assert "Ya pagué" in shown
        for part in ("No aprobado", "59.500 · Tarjeta débito o crédito", "21 de noviembre de 2026", transaction):
            assert part in shown
        assert f'href="http://127.0.0.1:9/return?id={transaction}"' in shown

    def test_nothing_seen_is_said_as_well(self, world: World) -> None:
        """A payer who has just paid learns that it is not seen yet, and to wait."""
        shown = page(world, f"/pay/{world.link(world.invoice())}")
        assert "Todavía no vemos ningún pago" in shown
        assert "data-page" in shown

    def test_one_under_way_is_told_first(self, world: World) -> None:
        """409: the attempt is shown, and paying again is not the page's main button."""
        seen(world, world.invoice(), "PENDING", method="PSE")
        shown = page(world, f"/pay/{world.link(1042)}", 409)
        assert shown.index("Consultar de nuevo") < shown.index("En verificación") < shown.index("Pagar de todos modos")

    def test_another_client_sees_nothing(self, world: World) -> None:
        """403 and not a word about anybody's attempt."""
        transaction = seen(world, world.invoice(), "DECLINED")
        shown = page(world, f"/pay/{world.link(1042, client=world.whmcs.add_client(id=78))}", 403)
        assert transaction not in shown

    def test_a_mail_link_shows_nobodys_data(self, world: World) -> None:
        """No name, address, telephone, description or reference: what a forwarded e-mail may show to anybody."""
        seen(world, world.invoice(), "DECLINED")
        shown = page(world, f"/pay/{world.link(1042, purpose=Purpose.MAIL)}")
        client = world.bridge.whmcs.client(77)
        checkout = world.bridge.store.checkouts_of(1042, limit=1)[0]
        personal = [client.email, *client.full_name.split(), checkout.reference, "clientarea", "viewinvoice"]
        assert not [part for part in personal if part in shown]


class TestOnRefusals:
    @pytest.mark.parametrize(
        ("status", "kind"), [("Paid", "paid"), ("Payment Pending", "payment_pending"), ("Cancelled", "cancelled")]
    )
    def test_an_invoice_that_takes_no_payment_shows_what_was_paid(self, world: World, status: str, kind: str) -> None:
        """ "Ya está pagado", and by which payment."""
        transaction = seen(world, world.invoice(), "APPROVED")
        world.whmcs.set_invoice(1042, status=status)
        shown = page(world, f"/pay/{world.link(1042)}", 409)
        assert f'data-kind="{kind}"' in shown
        assert transaction in shown

    def test_while_whmcs_does_not_answer(self, world: World) -> None:
        """What the bridge itself knows is told all the same."""
        transaction = seen(world, world.invoice(), "PENDING")
        world.whmcs.faults.add("GetInvoice", "html", times=None)
        shown = page(world, f"/pay/{world.link(1042)}", 503)
        assert transaction in shown
        assert transaction not in page(world, f"/pay/{world.link(1042, client=78)}", 503)


class TestInTheList:
    def test_a_payment_under_way_takes_the_place_of_the_button(self, world: World) -> None:
        """ "Pago en curso" on its row alone, and the way leads to the page that says so."""
        seen(world, world.invoice(), "PENDING", method="PSE")
        world.invoice()
        shown = page(world, f"/invoices/{world.link(0, purpose=Purpose.LIST)}")
        first, second = re.split(r'<li class="card row" id="invoice-\d+">', shown)[1:]
        for part in ("Pago en curso", "En verificación", "PSE", "Ver el pago en curso", "Espere el resultado"):
            assert part in first
            assert part not in second
        assert ">Pagar<" in second
        assert ">Pagar<" not in first

    def test_the_last_attempt_stands_on_the_row(self, world: World) -> None:
        """A decline is told, and the button stays."""
        seen(world, world.invoice(), "DECLINED")
        shown = page(world, f"/invoices/{world.link(0, purpose=Purpose.LIST)}")
        assert "Último intento:" in shown
        assert "No aprobado" in shown
        assert ">Pagar<" in shown

    def test_a_long_list_weighs_little(self, world: World) -> None:
        """A hundred invoices are under 20 kB on the wire, and whole; who takes no gzip gets it as it is."""
        for _ in range(100):
            world.invoice()
        address = f"/invoices/{world.link(0, purpose=Purpose.LIST)}"
        response = world.http.get(address, headers={"Accept-Encoding": "gzip, deflate, br"})
        assert response.headers["Content-Encoding"] == "gzip"
        assert len(response.data) < 20_000
        assert gzip.decompress(response.data).decode().count('id="invoice-') == 100
        assert page(world, address).count('id="invoice-') == 100


class TestAfterPaying:
    def test_a_decline_beside_a_payment_that_came_asks_for_no_second_one(self, world: World) -> None:
        """Two tabs, one declined and one approved: nobody is led to pay again, nor told that it is unpaid."""
        declined = world.pay(world.invoice(), "DECLINED")
        shown = page(world, f"/return?id={declined}")
        assert "sigue sin pagar" in shown
        assert "Intentar de nuevo" in shown
        approved = seen(world, 1042, "APPROVED")
        shown = page(world, f"/return?id={declined}")
        assert "no pague de nuevo" in shown
        assert f"/return?id={approved}" in shown
        assert not [part for part in ("sigue sin pagar", "Intentar de nuevo", "/pay/") if part in shown]

    def test_the_page_can_always_be_asked_again(self, world: World) -> None:
        """A payment in verification keeps its button when the page no longer refreshes itself."""
        transaction = world.pay(world.invoice(), "PENDING", method="PSE")
        for query in ("", "&n=14", "&quiet=1"):
            assert "Actualizar ahora" in page(world, f"/return?id={transaction}{query}")

    def test_a_failure_that_tells_why_is_told(self, world: World) -> None:
        """ERROR with the bank's own words gets its advice; without, nothing is made up."""
        told = world.pay(world.invoice(), "ERROR", method="PSE")
        world.wompi.amend(told, status_message="El banco se encuentra saturado, intente más tarde")
        assert "puede estar saturado" in page(world, f"/return?id={told}")
        assert "Qué puede hacer" not in page(world, f"/return?id={world.pay(world.invoice(), 'ERROR', method='PSE')}")

    def test_a_nameless_merchant_is_asked_for(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """An answer without a merchant counts as ours only when Wompi's list, asked with our key, holds the id."""
        transaction = world.pay(world.invoice())
        world.wompi.amend(transaction, merchant=None)
        assert 'data-kind="booking"' in page(world, f"/return?id={transaction}")
        foreign = world.pay(world.invoice())
        world.wompi.amend(foreign, merchant=None)
        monkeypatch.setattr(WompiClient, "_of_reference", lambda *_: iter(()))
        page(world, f"/return?id={foreign}", 404)
        assert world.bridge.store.payment(foreign) is None


class TestTheLanguage:
    def test_the_result_speaks_as_the_page_before(self, world: World) -> None:
        """The client's language at WHMCS, remembered with the checkout, and not the one of a borrowed browser."""
        world.whmcs.add_client(id=78, language="english")
        link = world.link(world.invoice(client=78), client=78)
        fields = world.checkout(1042, link=link)
        transaction = world.transact(fields["reference"], int(fields["amount-in-cents"]), "DECLINED")
        assert '<html lang="en">' in page(world, f"/return?id={transaction}")
        world.wompi.faults.add("transaction", "503", times=None)
        world.clock.advance(seconds=3)
        assert '<html lang="en">' in page(world, f"/return?id={transaction}")
        world.whmcs.set_invoice(1042, status="Paid")
        assert '<html lang="en">' in page(world, f"/pay/{link}", 409)

    def test_what_an_older_version_opened_leaves_it_to_the_browser(self, world: World) -> None:
        """A checkout without a language, or none at all, is no harm."""
        transaction = world.pay(world.invoice())
        world.bridge.database.write(lambda connection: connection.exec_driver_sql("UPDATE checkouts SET language=NULL"))
        assert '<html lang="en">' in page(world, f"/return?id={transaction}", browser="en")
        world.forget("checkouts")
        assert '<html lang="es">' in page(world, f"/return?id={transaction}")


class TestRevokedLinks:
    def test_a_link_that_was_taken_back_opens_nothing(self, world: World) -> None:
        """403 and a friendly sentence, for looking and for paying; other links of the same invoice still work."""
        mail, other = world.link(world.invoice(), purpose=Purpose.MAIL), world.link(1042)
        read = read_link(mail, world.bridge.settings.bridge_secret, now=world.clock())
        assert world.bridge.revocations.revoke(read, signature_of(mail)) is True
        assert world.bridge.revocations.revoke(read, signature_of(mail)) is False
        shown = page(world, f"/pay/{mail}", 403)
        assert "Este enlace ya no sirve" in shown
        assert world.press(1042, link=mail).status_code == 403
        assert page(world, f"/pay/{other}")

    def test_it_is_remembered_until_its_own_end(self, world: World) -> None:
        """Afterwards the link is over by itself, and its row goes with the next revocation."""
        old, new = world.link(world.invoice()), world.link(1042, purpose=Purpose.MAIL, days=30)
        secrets = world.bridge.settings.bridge_secret
        world.bridge.revocations.revoke(read_link(old, secrets, now=world.clock()), signature_of(old))
        world.clock.advance(hours=2)
        assert "Este enlace venció" in page(world, f"/pay/{old}", 403)
        assert world.bridge.revocations.is_revoked(signature_of(old))
        world.bridge.revocations.revoke(read_link(new, secrets, now=world.clock()), signature_of(new))
        assert not world.bridge.revocations.is_revoked(signature_of(old))
