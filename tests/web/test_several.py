"""``POST /invoices``: choosing several invoices, paying them at once, and reading what became of each."""

from __future__ import annotations

import re

from tests.web import signed
from tests.world import World, fields_of
from whmcs_bridge.signed.links import Purpose, read_link


def two(world: World) -> tuple[int, int]:
    """Two unpaid invoices of client 77: one overdue, one not yet due."""
    return world.invoice("59500.00", duedate="2026-11-10"), world.invoice("20000.00", tax="0.00", duedate="2026-11-30")


def listing(world: World, purpose: Purpose = Purpose.LIST) -> str:
    """The page of client 77."""
    response = world.http.get(f"/invoices/{world.link(0, purpose=purpose)}")
    assert response.status_code == 200
    return response.text


def test_overdue_ones_are_chosen_already(world: World) -> None:
    """The payer needs no script: boxes of one form, the overdue ones ticked."""
    overdue, other = two(world)
    boxes = re.findall(
        r'<input type="checkbox" name="invoice" value="(\d+)" form="several"( checked)?>', listing(world)
    )
    assert boxes == [(str(overdue), " checked"), (str(other), "")]


def test_one_invoice_alone_offers_no_choice(world: World) -> None:
    """There is nothing to pay together."""
    world.invoice()
    assert 'form="several"' not in listing(world)


def test_E4_the_list_shows_balances_and_no_mass_pay_invoice_beside_its_parts(world: World) -> None:
    """What is left of each; an invoice that gathers the others would count them twice."""
    first, second = two(world)
    world.whmcs.add_payment(first, "transfer", amount="50000.00", gateway="banktransfer")
    gathered = world.whmcs.add_mass_pay(77, [first, second])
    page = listing(world)
    assert f'id="invoice-{gathered}"' not in page
    assert "$\xa029.500 COP</strong>" in page


def test_E4_a_rest_under_wompis_minimum_is_not_offered(world: World) -> None:
    """Neither alone nor with others."""
    first, second = two(world)
    world.whmcs.add_payment(second, "transfer", amount="19000.00", gateway="banktransfer")
    assert 'form="several"' not in listing(world)
    assert world.choose(first, second).status_code == 409


def test_the_choice_is_shown_with_its_sum_before_the_terms(world: World) -> None:
    """Without the terms: the page that lists the chosen ones; with them: one checkout."""
    first, second = two(world)
    response = world.choose(first, second, terms="")
    assert response.status_code == 200
    assert "$\xa079.500 COP" in response.text
    assert 'role="alert"' not in response.text
    assert re.findall(r'name="invoice" value="(\d+)"', response.text) == [str(first), str(second)]
    missed = world.choose(first, second, terms="", confirm="yes")
    assert (missed.status_code, 'role="alert"' in missed.text) == (200, True)
    assert fields_of(world.choose(first, second, confirm="yes"))["amount-in-cents"] == "7950000"


def test_nothing_chosen_or_too_much_leads_back_to_the_list(world: World) -> None:
    """It says what to do; WHMCS is not asked for hundreds of invoices."""
    two(world)
    assert "Elija por lo menos un aviso de cobro." in world.choose().text
    assert "Elija hasta 25 avisos de cobro a la vez." in world.choose(*range(1, 27)).text


def test_403_for_what_is_not_this_clients(world: World) -> None:
    """Another client's invoice, none, or no number: nothing is told of it."""
    first, _ = two(world)
    foreign = world.invoice(client=world.whmcs.add_client(id=78))
    for other in (foreign, 9_999_999):
        assert world.choose(first, other).status_code == 403
    link = world.link(0, purpose=Purpose.LIST)
    assert world.http.post(f"/invoices/{link}", data={"invoice": ["1042", "x"]}).status_code == 403


def test_409_for_one_that_cannot_be_paid_here(world: World) -> None:
    """Paid, cancelled, or of another method: the others are not charged without it."""
    first, second = two(world)
    gathered = world.whmcs.add_mass_pay(77, [first, second])
    for other in (world.invoice(status="Paid"), world.invoice(paymentmethod="banktransfer"), gathered):
        assert world.choose(first, other).status_code == 409


def test_a_mass_pay_invoice_is_paid_whole_by_itself(world: World) -> None:
    """It is an invoice like any other."""
    gathered = world.whmcs.add_mass_pay(77, two(world))
    assert world.checkout(gathered)["amount-in-cents"] == "7950000"


def test_a_first_click_for_twelve_costs_thirteen_calls_to_whmcs(world: World) -> None:
    """Each invoice, and the client once; Wompi is asked for nothing."""
    invoices = [world.invoice() for _ in range(12)]
    world.whmcs.calls.clear()
    assert world.choose(*invoices).status_code == 303
    asked = sorted(call.action for call in world.whmcs.calls)
    assert asked == ["GetClientsDetails"] + 12 * ["GetInvoice"]
    assert world.wompi.calls == []


def test_a_link_from_an_e_mail_leads_to_such_links_only(world: World) -> None:
    """Nothing personal on the page, none of WHMCS's pages behind it, and the checkout prefills nobody."""
    first, second = two(world)
    page = listing(world, Purpose.MAIL)
    links = re.findall(r'href="http://127.0.0.1:9/pay/([^"]+)"', page)
    secret = world.bridge.settings.bridge_secret
    assert {read_link(link, secret, now=world.clock()).purpose for link in links} == {Purpose.MAIL}
    assert "viewinvoice" not in page
    assert "clientarea" not in page
    fields = fields_of(world.choose(first, second, link=world.link(0, purpose=Purpose.MAIL)))
    assert not [name for name in fields if name.startswith("customer-data")]


def test_a_link_to_all_invoices_pays_none_alone_nor_the_other_way_round(world: World) -> None:
    """An e-mail's link is to one invoice, or to all of a client."""
    invoice = world.invoice()
    assert world.http.get(f"/pay/{world.link(0, purpose=Purpose.MAIL)}").status_code == 403
    assert world.http.get(f"/invoices/{world.link(invoice, purpose=Purpose.MAIL)}").status_code == 403


def test_the_payer_reads_what_became_of_each(world: World) -> None:
    """One page, one receipt: the sum, and each invoice with its part and how it stands."""
    first, second = two(world)
    transaction = world.pay_several(first, second)
    world.whmcs.books.invoices[second].status = "Cancelled"
    before = world.http.get(f"/return?id={transaction}").text
    assert 'data-kind="booking"' in before
    world.work()
    page = world.http.get(f"/return?id={transaction}").text
    assert 'data-kind="review"' in page
    assert f'<li id="part-{first}"><div><span class="tag good">' in page
    assert f'<li id="part-{second}"><div><span class="tag calm">' in page
    assert "$\xa079.500 COP" in page
    assert "$\xa059.500 COP" in page


def test_a_declined_payment_leads_back_to_the_choice(world: World) -> None:
    """To try again, the payer chooses again; the link is one that shows nothing personal."""
    fields = fields_of(world.choose(*two(world)))
    transaction = world.transact(fields["reference"], int(fields["amount-in-cents"]), "DECLINED")
    page = world.http.get(f"/return/{fields['reference']}?id={transaction}").text
    assert re.search(r'href="http://127.0.0.1:9/invoices/mail\.0\.77\.', page)


def test_E20_who_guesses_an_id_gets_no_link_to_all_that_is_owed(world: World) -> None:
    """Wompi's ids can be guessed. Without the mark of the checkout the page leads to WHMCS, where one signs in; so does
    one with the mark of another checkout."""
    transaction = world.pay_several(*two(world), status="DECLINED")
    other = fields_of(world.choose(*two(world)))["reference"]
    for address in ("/return", f"/return/{other}"):
        page = world.http.get(f"{address}?id={transaction}").text
        assert 'data-kind="declined"' in page
        assert "/invoices/mail" not in page
        assert "clientarea.php?action=invoices" in page


def test_the_page_is_the_same_while_wompi_does_not_answer(world: World) -> None:
    """From the ledger alone: each part as it stands."""
    first, second = two(world)
    transaction = world.pay_several(first, second)
    world.event(transaction)
    world.work()
    world.wompi.faults.add("GET /v1/transactions", "500", times=9)
    page = world.http.get(f"/return?id={transaction}").text
    assert 'data-kind="approved"' in page
    assert f'id="part-{second}"' in page


def test_the_refund_button_voids_no_payment_of_several(world: World) -> None:
    """Wompi voids a whole transaction only: declined, with what to do by hand, and Wompi is not asked."""
    first, second = two(world)
    transaction = world.pay_several(first, second)
    world.event(transaction)
    world.work()
    world.wompi.calls.clear()
    for transid, amount in ((f"{transaction}-{first}", "59500.00"), (transaction, "79500.00")):
        answer = signed.ask(world, {"transid": transid, "amount": amount, "language": "es"}, path="/voids").get_json()
        assert (answer["status"], "varios avisos" in answer["rawdata"]) == ("declined", True)
    assert world.wompi.calls == []


def test_whmcs_is_told_of_each_invoices_part(world: World) -> None:
    """Its panels show the part, under way and booked; the window of a transaction finds it by its id in WHMCS."""
    first, second = two(world)
    transaction = world.pay_several(first, second, status="PENDING")
    world.http.get(f"/return?id={transaction}")
    told = signed.ask(world, {"invoice_id": second}, path="/status").get_json()
    assert (told["under_way"], told["attempts"][0]["transaction_id"]) == (True, transaction)
    world.wompi.settle(transaction, "APPROVED", deliver=False)
    world.event(transaction)
    world.work()
    known = signed.ask(world, {"transid": f"{transaction}-{second}"}, path="/transaction").get_json()
    assert (known["invoice_id"], known["amount_in_cents"], known["state"]) == (second, 2_000_000, "posted")
