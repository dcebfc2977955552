"""What is simulated, as OpenAPI 3.1: every route with its source, and how certain it is that the vendor does so.

`x-certainty`: `documented` by the vendor; `captured`, seen on the wire and published by others; `inferred`, what the
sandbox does where neither tells; `ours`, which the vendor does not have.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_WOMPI = "https://docs.wompi.co/docs/colombia/"
_WHMCS = "https://developers.whmcs.com/"
_FORM = "application/x-www-form-urlencoded"
_CREDENTIAL = "identifier secret responsetype"
_RESPONSES = {"default": {"description": "As the source says"}}


@dataclass(frozen=True, slots=True)
class Route:
    """One address. `needs` names the parameters that it reads, in the query, the form or the JSON body."""

    way: str
    path: str
    summary: str
    source: str
    certainty: str
    needs: str = ""
    key: str = ""
    fault: str = ""


WOMPI = (
    Route(
        "get",
        "/p/",
        "Web Checkout. Refuses as Wompi does: 404 for an unknown key, 422 with Wompi's words",
        f"{_WOMPI}widget-checkout-web/",
        "documented",
        "public-key currency amount-in-cents reference signature:integrity redirect-url expiration-time"
        " tax-in-cents:vat tax-in-cents:consumption customer-data:email",
        fault="checkout",
    ),
    Route(
        "post",
        "/p/{checkout}",
        "The payer's choice; three minutes to try again with the same reference. Ends by"
        " 303 at redirect-url with id and env",
        f"{_WOMPI}reintento-de-pago/",
        "documented",
        "method card phone bank sandbox_status forced",
        fault="payment",
    ),
    Route(
        "post",
        "/v1/transactions",
        "A payment by API: 201 and PENDING, and its end 0.7 s later",
        f"{_WOMPI}transacciones/",
        "documented",
        "acceptance_token signature reference amount_in_cents currency customer_email payment_method",
        "any",
        "create",
    ),
    Route(
        "get",
        "/v1/transactions/{id}",
        "One transaction; 404 for the public key as for an unknown id",
        f"{_WOMPI}seguimiento-de-transacciones/",
        "documented",
        "",
        "private",
        "transaction",
    ),
    Route(
        "get",
        "/v1/transactions",
        "The list: 200 and no rows for an unknown reference; meta with total_results; each row with its disbursement",
        f"{_WOMPI}seguimiento-de-transacciones/",
        "captured",
        "reference from_date until_date page page_size id payment_method_type status customer_email order_by order",
        "private",
        "transactions",
    ),
    Route(
        "post",
        "/v1/transactions/{id}/void",
        "201 whatever happens, data.status tells; only a card payment of the same day",
        f"{_WOMPI}transacciones/",
        "captured",
        "",
        "private",
        "void",
    ),
    Route(
        "get",
        "/v1/merchants/info",
        "The merchant, its methods, and the acceptance tokens",
        f"{_WOMPI}tokens-de-aceptacion/",
        "documented",
        "",
        "x-merchant-public-key",
        "merchant",
    ),
    Route(
        "post",
        "/v1/tokens/cards",
        "A card's token",
        f"{_WOMPI}fuentes-de-pago/",
        "documented",
        "number cvc exp_month exp_year card_holder",
        "public",
        "token",
    ),
    Route(
        "get",
        "/v1/pse/financial_institutions",
        "The banks of PSE: the three of the sandbox",
        f"{_WOMPI}metodos-de-pago/",
        "documented",
        "",
        "public",
        "banks",
    ),
    Route(
        "get",
        "/v1/disbursements",
        "What was paid out. Not documented: the names are those of a production account",
        "published reconciliations of a production account",
        "captured",
        "from_date until_date page page_size",
        "private",
        "disbursements",
    ),
    Route(
        "get",
        "/_sandbox/reports/{payout}.csv",
        "A payout's report, which Wompi gives at its dashboard",
        "published reconciliations of a production account",
        "captured",
    ),
    Route(
        "get",
        "/resource/32sa-8pi3.json",
        "The TRM, Colombia's official rate of the dollar, as the public data set tells it: one row a day",
        "https://www.datos.gov.co/resource/32sa-8pi3.json",
        "documented",
        "$order $limit",
        fault="trm",
    ),
    Route("get", "/_sandbox/transactions", "All transactions", "", "ours"),
    Route(
        "post",
        "/_sandbox/transactions",
        "A transaction as if somebody had paid",
        "",
        "ours",
        "reference amount_in_cents status method deliver",
    ),
    Route("get", "/_sandbox/transactions/{id}", "One transaction", "", "ours"),
    Route(
        "post", "/_sandbox/transactions/{id}", "Brings it to a status; its event follows", "", "ours", "status deliver"
    ),
    Route("post", "/_sandbox/events", "Sends a transaction's event now", "", "ours", "transaction_id"),
    Route("get", "/_sandbox/deliveries", "Every attempt to deliver an event, with the body in base64", "", "ours"),
)

# The one address that Wompi calls.
EVENT = Route(
    "post",
    "transaction.updated",
    "transaction.updated, signed, to the address of --events-url. Exactly 200 is success;"
    " three retries, 30 min, 3 h and 24 h after the first",
    f"{_WOMPI}eventos/",
    "documented",
)

_TRANSACTIONS = (
    "Compared as MySQL compares: case and blanks at the end do not count. 9.x: a refund's credit note is a row without"
    " gateway and transid"
)
_NEW_TRANSACTION = (
    "paymentmethod userid invoiceid transid date currencyid amountin amountout fees refundid credit"
    " allowduplicatetransid"
)
_THEME = "https://github.com/WHMCS/templates-twenty-one"
_API = f"{_WHMCS}api-reference/"
# Action, parameters, what it does, certainty.
WHMCS_ACTIONS = (
    ("GetInvoice", "invoiceid", 'No currency; transactions is "" when there are none', "documented"),
    ("GetInvoices", "userid status orderby order limitstart limitnum", "No balance; fewer fields in 7.x", "documented"),
    ("GetClientsDetails", "clientid email stats", "The copy at the root is deprecated; users since 8.0", "documented"),
    ("GetTransactions", "invoiceid clientid transid limitstart limitnum", _TRANSACTIONS, "inferred"),
    (
        "AddInvoicePayment",
        "invoiceid transid gateway date amount fees",
        "Refuses no duplicate; an excess becomes credit",
        "captured",
    ),
    ("AddTransaction", _NEW_TRANSACTION, "Refuses a transid that it knows", "documented"),
    ("GetPaymentMethods", "", "The active gateways", "documented"),
    ("GetCurrencies", "", "With the rate relative to the default one", "documented"),
    ("WhmcsDetails", "", "Since 8.0: Command Not Found in 7.x", "documented"),
    (
        "ActivateModule",
        "moduleType moduleName parameters[name]",
        "Gateways alone; refused unless the role is granted it",
        "documented",
    ),
    (
        "UpdateModuleConfiguration",
        "moduleType moduleName parameters[name]",
        "Gateways alone; refused unless the role is granted it",
        "documented",
    ),
    ("LogActivity", "description clientid", "", "documented"),
    ("SendAdminEmail", "messagename customsubject custommessage type mergefields", "", "documented"),
    ("TriggerNotificationEvent", "notification_identifier title message url status", "", "documented"),
)
WHMCS = (
    Route(
        "get",
        "/viewinvoice.php",
        "The invoice as its client sees it, with the module's button",
        "https://github.com/WHMCS/templates-twenty-one",
        "inferred",
        "id",
    ),
    Route(
        "get",
        "/clientarea.php",
        "The client's invoices",
        "https://github.com/WHMCS/templates-twenty-one",
        "inferred",
        "action status",
    ),
    Route("post", "/_sandbox/clients", "A client", "", "ours", "firstname lastname email currency_code"),
    Route(
        "post",
        "/_sandbox/invoices",
        "An invoice; with children a mass-pay one",
        "",
        "ours",
        "client_id total tax status duedate children",
    ),
    Route(
        "get",
        "/_sandbox/invoices/{id}",
        "An invoice with its balance, its rows of money and its client's credit",
        "",
        "ours",
    ),
    Route(
        "post", "/_sandbox/invoices/{id}", "Changes it, as an admin does by hand", "", "ours", "status total client_id"
    ),
    Route("delete", "/_sandbox/invoices/{id}", "Deletes it", "", "ours"),
    Route(
        "post", "/_sandbox/payments", "Money that somebody else booked", "", "ours", "invoice_id transid amount gateway"
    ),
    Route(
        "post",
        "/_sandbox/restore",
        "The books of this morning: an invoice's rows of money are gone",
        "",
        "ours",
        "invoice_id",
    ),
)
BOTH = (
    Route("get", "/_sandbox/", "A page: calls, faults, time", "", "ours"),
    Route("get", "/_sandbox/calls", "Every call that came in, without secrets", "", "ours"),
    Route("get", "/_sandbox/faults", "The faults that are planned", "", "ours"),
    Route(
        "post",
        "/_sandbox/faults",
        "Plans one: kind is what the caller sees; when, before, after or late, is what became of the call",
        "",
        "ours",
        "on kind when times status retry_after message location",
    ),
    Route("delete", "/_sandbox/faults", "Forgets them", "", "ours"),
    Route("post", "/_sandbox/release", "Lets go of the calls that hang", "", "ours"),
    Route("post", "/_sandbox/commit-late", "Lets the late effects happen", "", "ours"),
    Route("get", "/_sandbox/clock", "The sandbox's time", "", "ours"),
    Route("post", "/_sandbox/clock", "Moves it ahead, in seconds", "", "ours", "advance"),
    Route("get", "/_sandbox/switches", "What it may be told to do otherwise", "", "ours"),
    Route("post", "/_sandbox/switches", "Turns some", "", "ours"),
)


def description() -> dict[str, Any]:
    """Both sandboxes in one document; the tag tells which."""
    paths: dict[str, dict[str, Any]] = {"/includes/api.php": {"post": _api()}}
    for tag, routes in (("Wompi", WOMPI), ("WHMCS", WHMCS), ("both", BOTH)):
        for route in routes:
            paths.setdefault(route.path, {})[route.way] = _operation(tag, route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "wompi-bridge sandbox", "version": "1", "description": " ".join((__doc__ or "").split())},
        "servers": [
            {"url": "http://127.0.0.1:8801", "description": "Wompi"},
            {"url": "http://127.0.0.1:8802", "description": "WHMCS"},
        ],
        "paths": paths,
        "webhooks": {EVENT.path: {EVENT.way: _operation("Wompi", EVENT)}},
    }


def written() -> str:
    """The document as it stands in `docs/sandbox.openapi.json`."""
    return json.dumps(description(), ensure_ascii=False, indent=2) + "\n"


def _api() -> dict[str, Any]:
    """WHMCS's one address: a form for each action, which the query may hold as well."""
    forms = [
        {
            "title": name,
            "description": what,
            "type": "object",
            "properties": {"action": {"const": name}} | {field: {} for field in f"{_CREDENTIAL} {needs}".split()},
            "x-source": _API + name.lower(),
            "x-certainty": certainty,
            "x-fault": name,
        }
        for name, needs, what, certainty in WHMCS_ACTIONS
    ]
    body = {"content": {_FORM: {"schema": {"oneOf": forms}}}}
    told = {"tags": ["WHMCS"], "summary": "The API: the action is a field", "x-source": f"{_WHMCS}api/"}
    return told | {"x-certainty": "documented", "requestBody": body, "responses": _RESPONSES}


def _operation(tag: str, route: Route) -> dict[str, Any]:
    fields = route.needs.split()
    parameters = [_parameter(name, "path") for name in re.findall(r"{(\w+)}", route.path)]
    told: dict[str, Any] = {"tags": [tag], "summary": route.summary, "x-certainty": route.certainty}
    told |= {f"x-{name}": value for name in ("source", "key", "fault") if (value := getattr(route, name))}
    if route.way == "get":
        parameters += [_parameter(name, "query") for name in fields]
    elif fields:
        kind = _FORM if route.path.startswith("/p/") else "application/json"
        schema = {"type": "object", "properties": {name: {} for name in fields}}
        told["requestBody"] = {"content": {kind: {"schema": schema}}}
    return told | ({"parameters": parameters} if parameters else {}) | {"responses": _RESPONSES}


def _parameter(name: str, where: str) -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": {"type": "string"}}
