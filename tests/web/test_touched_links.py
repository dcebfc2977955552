"""Links and addresses as mail programs and people hand them on, and links that were revoked."""

from __future__ import annotations

import quopri
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from tests.world import BRIDGE_SECRET, World, fields_of
from whmcs_bridge.signed.links import Link, Purpose, canonical, read_link, signature_of

pytestmark = pytest.mark.slow

EXPIRY = datetime(2026, 9, 21, tzinfo=UTC)


@pytest.fixture
def world(sqlite_world: World) -> World:
    return sqlite_world


def listed(world: World, purpose: Purpose = Purpose.LIST, client: int = 77) -> str:
    return Link(purpose, 0, client, world.clock() + timedelta(hours=1)).signed(BRIDGE_SECRET)


def revoke(world: World, link: str) -> None:
    read = read_link(link, [BRIDGE_SECRET], now=world.clock())
    world.bridge.revocations.revoke(read, signature_of(link))


TOUCHED = [
    *("{}.", "{},", "{};", "{}:", "{}!", "{}?", "{})", "{}]", "{}}}", "{}>", "<{}>", "({})", "[{}]", '"{}"', "'{}'"),
    *("«{}»", "“{}”", "{}…", "{}...", "{}).", "{}>.", "{}*", "*{}*", "{}|", " {} ", "{}\t", "{}\r\n", "{}\n", "\n{}"),
    *("{}\u200b", "\ufeff{}", "{}\u00a0", "{}\u2060", "{}\u00ad", "{}&gt;", "{}&quot;", "{}&nbsp;", "{}=", "{}=\r\n"),
    *("{}%3E", "{}%20", "{}%0D%0A", "{}%2E", "{}\\", "{}\u3002"),
]


class TestTouched:
    @pytest.mark.parametrize("form", TOUCHED)
    def test_E17_what_stands_around_a_link(self, form: str) -> None:
        """Marks of the sentence, brackets, quotes, blanks, invisible characters, codes of mail and address."""
        link = Link(Purpose.MAIL, 1042, 77, EXPIRY).signed(BRIDGE_SECRET)
        assert canonical(form.format(link)) == link

    @pytest.mark.parametrize(
        "inside", ["\n", "\r\n", " ", "\t", "=\r\n", "=\n", "=", "\u200b", "\u00ad", "%20", "%0A", "\r\n\t"]
    )
    @pytest.mark.parametrize("place", [2, 5, 12, 30, 60])
    def test_E17_what_stands_within_a_link(self, inside: str, place: int) -> None:
        """A line that was broken at any place, by each way of breaking it."""
        link = Link(Purpose.MAIL, 1042, 77, EXPIRY).signed(BRIDGE_SECRET)
        assert canonical(link[:place] + inside + link[place:]) == link

    def test_E17_codes_of_mail_programs(self) -> None:
        """Quoted-printable and percent codes for what needs none, once and twice."""
        link = Link(Purpose.MAIL, 1042, 77, EXPIRY).signed(BRIDGE_SECRET)
        assert canonical(quopri.encodestring(link.encode()).decode()) == link
        assert canonical(link.replace(".", "=2E").replace("_", "=5f").replace("-", "=2D")) == link
        assert canonical(link.replace(".", "%2E")) == canonical(link.replace(".", quote("%2E"))) == link
        assert canonical(link.replace(".", "&#46;")) == link

    @pytest.mark.parametrize("form", ["{}x", "x{}", "{}.x", "{}-", "{}_", "+{}x", "{}A"])
    def test_A97_another_letter_is_another_link(self, world: World, form: str) -> None:
        """What could be part of a link is not thrown away."""
        link = form.format(world.link(world.invoice()))
        assert world.http.get(f"/pay/{quote(link)}").status_code == 403

    @pytest.mark.parametrize("form", ["{}.", "{}>", "{}%20", "{}%E2%80%8B", "{}%0D%0A", "%20{}", "{}/", "{})."])
    @pytest.mark.parametrize(("page", "purpose"), [("pay", Purpose.MAIL), ("invoices", Purpose.LIST)])
    def test_E17_the_pages_take_them(self, world: World, form: str, page: str, purpose: Purpose) -> None:
        """Each page that a link opens; the form on it goes to the link as it was signed."""
        invoice = world.invoice()
        link = world.link(invoice, purpose=purpose) if page == "pay" else listed(world)
        answer = world.http.get(f"/{page}/{form.format(link)}")
        assert answer.status_code == 200
        assert page != "pay" or f'action="http://127.0.0.1:9/pay/{link}"' in answer.text

    @pytest.mark.parametrize(
        "form",
        [
            *("/return/?id={}", "/return?id=%20{}%20", "/return?id={}.", "/return?id={}%3E", "/return?id=3D{}"),
            *("/return?id={}%0A", "/return?env=test&amp;id={}", "/return?id={}%E2%80%8B", "/return?id=<{}>"),
        ],
    )
    def test_E17_the_return_address(self, world: World, form: str) -> None:
        """The id is found, and the payment is shown."""
        transaction = world.pay(world.invoice())
        answer = world.http.get(form.format(transaction))
        assert answer.status_code == 200
        assert transaction in answer.text


class TestRevoked:
    def test_E20_trail_and_review(self, world: World) -> None:
        """An admin's link to either ends, and says so; the list's own trails end with it."""
        expires_at = world.clock() + timedelta(hours=1)
        for page, numbers in (("trail", (1042, 77)), ("review", (0, 0))):
            signed = Link(Purpose.ADMIN, *numbers, expires_at).signed(BRIDGE_SECRET)
            assert world.http.get(f"/{page}/{signed}").status_code == 200
            revoke(world, signed)
            answer = world.http.get(f"/{page}/{signed}")
            assert answer.status_code == 403
            assert 'data-kind="revoked_link"' in answer.text
        own = Link(Purpose.ADMIN, 1043, 77, expires_at).signed(BRIDGE_SECRET)
        assert world.http.get(f"/trail/{own}").status_code == 403

    def test_E20_a_list_and_its_own_pay_links(self, world: World) -> None:
        """They end with the list; another client's do not, nor those that WHMCS signs later."""
        invoice = world.invoice()
        link = listed(world)
        page = world.http.get(f"/invoices/{link}").text
        pay = page.split('href="http://127.0.0.1:9/pay/')[1].split('"')[0]
        assert world.http.get(f"/pay/{pay}").status_code == 200
        revoke(world, link)
        assert world.http.get(f"/invoices/{link}").status_code == 403
        assert world.http.get(f"/pay/{pay}").status_code == 403
        assert world.http.post(f"/pay/{pay}", data={"terms": "accepted"}).status_code == 403
        assert world.http.get(f"/pay/{world.link(invoice, hours=2)}").status_code == 200

    @pytest.mark.parametrize("way", ["pay", "mail", "list"])
    def test_E20_no_new_link_for_a_revoked_one(self, world: World, way: str) -> None:
        """After a declined payment, and after a cancelled checkout, the way back is the invoice itself."""
        invoice = world.invoice()
        link = listed(world) if way == "list" else world.link(invoice, purpose=Purpose(way))
        pay = Link(Purpose.PAY, invoice, 77, world.clock() + timedelta(hours=1)).signed(BRIDGE_SECRET)
        address = world.press(invoice, link=pay if way == "list" else link).headers["Location"]
        reference = address.split("reference=")[1].split("&")[0]
        declined = world.transact(reference, 5_950_000, "DECLINED")
        assert "/pay/mail." in world.http.get(f"/return?id={declined}").text
        revoke(world, link)
        for back in (f"/return?id={declined}", f"/return/{reference}"):
            page = world.http.get(back)
            assert page.status_code == 200
            assert "/pay/mail." not in page.text
            assert f"viewinvoice.php?id={invoice}" in page.text

    @pytest.mark.parametrize("way", ["pay", "list"])
    def test_E20_no_new_list_for_a_revoked_link_to_one_of_several(self, world: World, way: str) -> None:
        """A payment of several that failed leads to the list again, unless a link to any of them was revoked."""
        first, second = world.invoice(), world.invoice()
        fields = fields_of(world.choose(first, second))
        declined = world.transact(fields["reference"], int(fields["amount-in-cents"]), "DECLINED")
        back = f"/return/{fields['reference']}?id={declined}"
        assert "/invoices/mail.0.77." in world.http.get(back).text
        revoke(world, listed(world) if way == "list" else world.link(second, purpose=Purpose.MAIL))
        page = world.http.get(back).text
        assert "/invoices/mail." not in page
        assert "clientarea.php?action=invoices" in page

    def test_E20_a_checkout_that_was_opened_later_came_from_another_link(self, world: World) -> None:
        """It may be tried again as ever."""
        invoice = world.invoice()
        revoke(world, world.link(invoice, purpose=Purpose.MAIL))
        world.clock.advance(minutes=5)
        declined = world.pay(invoice, "DECLINED")
        assert "/pay/mail." in world.http.get(f"/return?id={declined}").text
