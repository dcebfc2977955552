"""The sandbox WHMCS's API actions, in WHMCS's shapes: money as text, "" for an empty list, zero dates, HTML entities.

Source: developers.whmcs.com/api-reference/<action>.
"""

from __future__ import annotations

import html
import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from whmcs_bridge.sandbox.whmcs.books import CURRENCIES, NEVER, Invoice, Refused, Transaction, money
from whmcs_bridge.sandbox.whmcs.installation import Installation

Json = dict[str, Any]
Fields = dict[str, str]

_COUNTRIES = {"CO": "Colombia", "US": "United States"}
# Rows of GetInvoices have these since 8.1, clients since 8.0, when users came apart from clients.
_ROWS_SINCE_8 = {
    "last_capture_attempt", "date_refunded", "date_cancelled", "paymethodid", "created_at", "updated_at",
}  # fmt: skip
_CLIENTS_SINCE_8 = {"owner_user_id", "users"}
_LAST_LOGIN = "Date: 20/11/2026 09:12<br>IP Address: 203.0.113.9<br>Host: 203.0.113.9"  # a text for a page, as it is
_EMAILS = ("general", "invoice", "support", "product", "domain", "affiliate")
# A few of the e-mail templates for admins that every installation has.
_ADMIN_TEMPLATES = {"Cancellation Request Received", "New Order Notification", "Service Unsuspension Failed"}
# What a bridge does not need, and its role is not to have: they change any module of the installation.
BEYOND_THE_ROLE = frozenset({"activatemodule", "updatemoduleconfiguration"})
# The gateway's fields, by the names of its module, and where the sandbox keeps them.
_GATEWAY_FIELDS = {"bridgeUrl": "bridge_url", "bridgeSecret": "bridge_secret", "termsUrl": "terms_url"}


class Actions:
    """One public method an action, named after it in lower case: form fields in, the answer's body out or Refused."""

    def __init__(self, whmcs: Installation) -> None:
        self._whmcs = whmcs
        self._books = whmcs.books

    def getinvoice(self, fields: Fields) -> Json:
        invoice = self._books.invoices.get(_number(fields, "invoiceid"))
        if invoice is None:
            raise Refused("Invoice ID Not Found")
        # A mass-pay invoice has a line for each child: docs.whmcs.com, Create a Mass Payment Invoice.
        relids = [("Invoice", child) for child in invoice.children] or [("Hosting", 88)] * len(invoice.items)
        items = [
            {"id": 5000 + n, "type": kind, "relid": relid, "description": _entities(text), "amount": str(amount),
             "taxed": int(invoice.tax > 0)}
            for n, ((text, amount), (kind, relid)) in enumerate(zip(invoice.items, relids, strict=True), start=1)
        ]  # fmt: skip
        rows = [self._row(row) for row in self._books.transactions if row.invoice_id == invoice.id]
        return {
            "invoiceid": invoice.id, "invoicenum": invoice.invoicenum, "userid": invoice.client_id,
            "date": invoice.date, "duedate": invoice.duedate, "datepaid": invoice.datepaid, "lastcaptureattempt": NEVER,
            "subtotal": str(invoice.subtotal), "credit": str(invoice.credit), "tax": str(invoice.tax), "tax2": "0.00",
            "total": str(invoice.total), "balance": str(self._books.balance(invoice)), "taxrate": str(invoice.taxrate),
            "taxrate2": "0.000", "status": invoice.status, "paymentmethod": invoice.paymentmethod,
            "notes": _entities(invoice.notes), "ccgateway": False, "items": {"item": items},
            "transactions": _listed("transaction", rows),
        }  # fmt: skip

    def getinvoices(self, fields: Fields) -> Json:
        client_id, status = _number(fields, "userid"), fields.get("status", "").lower()
        today = self._books.day()
        found = [
            invoice
            for invoice in self._books.invoices.values()
            if client_id in (0, invoice.client_id)
            and (
                status in ("", invoice.status.lower())
                or (status == "overdue" and invoice.status == "Unpaid" and invoice.duedate < today)
            )
        ]
        order = fields.get("orderby", "id").replace("invoicenumber", "invoicenum")
        order = order if order in ("invoicenum", "date", "duedate", "total", "status") else "id"
        found.sort(key=lambda invoice: getattr(invoice, order), reverse=fields.get("order", "").lower() == "desc")
        start, size = _number(fields, "limitstart"), _number(fields, "limitnum") or 25
        page = [self._invoice_row(invoice) for invoice in found[start : start + size]]
        counters = {"totalresults": len(found), "startnumber": start, "numreturned": len(page)}
        return counters | {"invoices": _listed("invoice", page)}

    def _invoice_row(self, invoice: Invoice) -> Json:
        """A row of the list: no balance, no lines, no payments; but the currency, which GetInvoice lacks."""
        client = self._books.clients.get(invoice.client_id, {})
        code = self._books.currency_of(invoice.client_id)
        _, prefix, suffix, _ = CURRENCIES[code]
        row: Json = {
            "id": invoice.id, "userid": invoice.client_id, "firstname": _entities(client.get("firstname", "")),
            "lastname": _entities(client.get("lastname", "")), "companyname": _entities(client.get("companyname", "")),
            "invoicenum": invoice.invoicenum, "date": invoice.date, "duedate": invoice.duedate,
            "datepaid": invoice.datepaid, "last_capture_attempt": NEVER, "date_refunded": NEVER,
            "date_cancelled": invoice.datecancelled, "subtotal": str(invoice.subtotal), "credit": str(invoice.credit),
            "tax": str(invoice.tax), "tax2": "0.00", "total": str(invoice.total), "taxrate": str(invoice.taxrate),
            "taxrate2": "0.000", "status": invoice.status, "paymentmethod": invoice.paymentmethod, "paymethodid": None,
            "notes": _entities(invoice.notes), "created_at": invoice.created_at, "updated_at": invoice.created_at,
            "currencycode": code, "currencyprefix": prefix, "currencysuffix": suffix,
        }  # fmt: skip
        return {key: value for key, value in row.items() if self._whmcs.generation >= 8 or key not in _ROWS_SINCE_8}

    def getclientsdetails(self, fields: Fields) -> Json:
        if not fields.get("clientid") and not fields.get("email"):
            raise Refused("Either clientid Or email Is Required")
        wanted, email = _number(fields, "clientid"), fields.get("email")
        for client_id, client in self._books.clients.items():
            if client_id == wanted or (not wanted and client["email"] == email):
                shown = self._client(client_id, client)
                if self._whmcs.generation < 8:  # users, apart from clients, are new in 8.0
                    shown = {key: value for key, value in shown.items() if key not in _CLIENTS_SINCE_8}
                stats = {"stats": self._stats(client_id)} if _is_true(fields, "stats") else {}
                return {"client": shown} | shown | stats  # the copy at the root is deprecated, and still there
        raise Refused("Client Not Found")

    def _client(self, client_id: int, client: Mapping[str, Any]) -> Json:
        shown = {key: _entities(value) for key, value in client.items() if key != "password"}
        full_name = f"{shown['firstname']} {shown['lastname']}"
        phone = f"+{shown['phonecc']}.{shown['phonenumber']}"
        custom = shown.get("customfields", [])
        return {
            "client_id": client_id, "userid": client_id, "id": client_id, "owner_user_id": client_id,
            "uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"whmcs-sandbox/{client_id}")), "fullname": full_name,
            "fullstate": shown["state"], "statecode": shown["state"], "countrycode": shown["country"],
            "countryname": _COUNTRIES.get(shown["country"], shown["country"]), "groupid": 0, "billingcid": 0,
            "taxexempt": False, "latefeeoveride": False, "overideduenotices": False, "separateinvoices": False,
            "disableautocc": False, "emailoptout": False, "marketing_emails_opt_in": False, "overrideautoclose": False,
            "allowSingleSignOn": 1, "email_verified": False, "twofaenabled": False, "notes": "",
            "isOptedInToMarketingEmails": False,
            "email_preferences": dict.fromkeys(_EMAILS, 1), "lastlogin": _LAST_LOGIN, "telephoneNumber": phone,
            "phonenumberformatted": phone, "currency": CURRENCIES[shown["currency_code"]][0],
            "credit": str(self._books.credit_of(client_id)), "customfields": custom,
            "users": {"user": [{"id": client_id, "name": full_name, "email": shown["email"], "is_owner": True}]},
        } | shown | {f"customfields{n}": row["value"] for n, row in enumerate(custom, start=1)}  # fmt: skip

    def _stats(self, client_id: int) -> Json:
        """What `stats=true` adds: counts, and money as it is shown to people."""
        own = [row for row in self._books.invoices.values() if row.client_id == client_id]
        overdue = [row for row in own if row.status == "Unpaid" and row.duedate < self._books.day()]
        _, prefix, suffix, _ = CURRENCIES[self._books.clients[client_id]["currency_code"]]
        owed = sum((self._books.balance(row) for row in overdue), money(0))
        stats: Json = {"numoverdueinvoices": len(overdue), "overdueinvoicesbalance": f"{prefix}{owed}{suffix}"}
        for name, status in (("paid", "Paid"), ("due", "Unpaid"), ("cancelled", "Cancelled"), ("refunded", "Refunded")):
            rows = [row for row in own if row.status == status]
            stats[f"num{name}invoices"] = len(rows)
            stats[f"{name}invoicesamount"] = f"{prefix}{sum((row.total for row in rows), money(0))}{suffix}"
        return stats | {"creditbalance": f"{prefix}{self._books.credit_of(client_id)}{suffix}", "incredit": False}

    def gettransactions(self, fields: Fields) -> Json:
        invoice_id, client_id = _number(fields, "invoiceid"), _number(fields, "clientid")
        # MySQL ignores case, and blanks at the end.
        transid = _as_mysql_compares(fields.get("transid", ""))
        rows = [
            self._row(row)
            for row in self._books.transactions
            if invoice_id in (0, row.invoice_id)
            and client_id in (0, row.client_id)
            and transid in ("", _as_mysql_compares(row.transid))
        ]
        # No page size is documented, and none is kept without one; clients that page ask for it like any other list.
        start = _number(fields, "limitstart")
        page = rows[start : start + (_number(fields, "limitnum") or len(rows))]
        counters = {"totalresults": len(rows), "startnumber": start, "numreturned": len(page)}
        return counters | {"transactions": _listed("transaction", page)}

    def _row(self, row: Transaction) -> Json:
        """A row of GetTransactions: strings throughout, and 0 as the currency of a client's own, beside its rate."""
        rate = CURRENCIES[self._books.currency_of(row.client_id)][3]
        return {
            "id": str(row.id), "userid": str(row.client_id), "currency": "0", "gateway": row.gateway, "date": row.date,
            "description": row.description, "amountin": str(row.amountin), "fees": str(row.fees),
            "amountout": str(row.amountout), "rate": rate, "transid": row.transid, "invoiceid": str(row.invoice_id),
            "refundid": str(row.refundid),
        }  # fmt: skip

    def addinvoicepayment(self, fields: Fields) -> Json:
        try:
            self._books.add_payment(
                _number(fields, "invoiceid"),
                fields.get("transid", ""),
                amount=fields.get("amount") or None,
                fees=fields.get("fees") or "0.00",
                gateway=fields.get("gateway", ""),
                date=fields.get("date") or None,
            )
        except ValueError as error:
            raise Refused(str(error)) from None
        return {}

    def addtransaction(self, fields: Fields) -> Json:
        self._books.add_transaction(fields)
        return {}

    def getpaymentmethods(self, _fields: Fields) -> Json:
        rows = [{"module": module, "displayname": label} for module, label in self._whmcs.gateways.items()]
        return {"totalresults": len(rows), "paymentmethods": _listed("paymentmethod", rows)}

    def getcurrencies(self, _fields: Fields) -> Json:
        rows = [
            {"id": number, "code": code, "prefix": prefix, "suffix": suffix, "format": 1, "rate": rate}
            for code, (number, prefix, suffix, rate) in CURRENCIES.items()
            if code in self._whmcs.currencies
        ]
        return {"totalresults": len(rows), "currencies": {"currency": rows}}

    def whmcsdetails(self, _fields: Fields) -> Json:
        if self._whmcs.generation < 8:
            raise Refused("Command Not Found")
        return {"whmcs": {"version": self._whmcs.version, "canonicalversion": f"{self._whmcs.version}-release.1"}}

    def activatemodule(self, fields: Fields) -> Json:
        name = self._gateway(fields)
        if name in self._whmcs.gateways:
            raise Refused("Failed to activate: Module already active")
        self._whmcs.gateways[name] = name.capitalize()
        return self._configured(fields)

    def updatemoduleconfiguration(self, fields: Fields) -> Json:
        if self._gateway(fields) not in self._whmcs.gateways:
            raise Refused("Module is not active")
        return self._configured(fields)

    def _gateway(self, fields: Fields) -> str:
        if fields.get("moduleType") != "gateway":
            raise Refused("Invalid module type provided. Supported module types include: gateway")
        folder, name = self._whmcs.hooks_dir, fields.get("moduleName", "")
        if not name.isalnum() or (folder is not None and not (folder / f"modules/gateways/{name}.php").is_file()):
            raise Refused("Invalid module name provided.")
        return name

    def _configured(self, fields: Fields) -> Json:
        for name, kept in _GATEWAY_FIELDS.items():
            if (value := fields.get(f"parameters[{name}]")) is not None:
                setattr(self._whmcs, kept, value)
        return {}

    def logactivity(self, fields: Fields) -> Json:
        self._books.log(fields.get("description", ""), _number(fields, "clientid"))
        return {}

    def triggernotificationevent(self, fields: Fields) -> Json:
        for name, told in (
            ("notification_identifier", "a identifier string to be passed"),
            ("title", "a title to be provided"),
            ("message", "a message to be provided"),
        ):
            if not fields.get(name):
                raise Refused(f"API Notification Events require {told}.")
        self._whmcs.notifications.append(fields)
        return {}

    def sendadminemail(self, fields: Fields) -> Json:
        custom = fields.get("customsubject") and fields.get("custommessage")
        if fields.get("messagename", "") not in _ADMIN_TEMPLATES and not custom:
            raise Refused("Email Template not found")
        self._whmcs.admin_emails.append(fields)
        return {}


def _number(fields: Fields, name: str) -> int:
    """As PHP casts: whatever is not a number is 0."""
    text = fields.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _is_true(fields: Fields, name: str) -> bool:
    """As PHP takes a text for a truth value."""
    return fields.get(name, "") not in ("", "0")


def _entities(value: Any) -> Any:
    """Names and texts are stored with HTML entities, in PHP's spelling."""
    return html.escape(value).replace("&#x27;", "&#039;") if isinstance(value, str) else value


def _listed(singular: str, rows: Iterable[Json]) -> Json | str:
    """`{"transaction": [...]}`; none is an empty string."""
    found = list(rows)
    return {singular: found} if found else ""


def _as_mysql_compares(transid: str) -> str:
    return transid.lower().rstrip(" ")


def distorted_list(kind: str, body: bytes) -> bytes:
    """A list of transactions that lacks a row which it counts (`partial`), or that is about other ids (`foreign`)."""
    document: Json = json.loads(body)
    found = (document.get("transactions") or {}).get("transaction", [])
    if kind == "partial":
        document |= {"totalresults": max(1, len(found)), "transactions": _listed("transaction", found[:-1])}
    else:
        others = [row | {"transid": f"{row['transid']}9", "invoiceid": "1", "userid": "1"} for row in found]
        others = others or [{"id": "9", "userid": "1", "invoiceid": "1", "transid": "99-9", "amountin": "1.00"}]
        document |= {"totalresults": len(others), "transactions": _listed("transaction", others)}
    return json.dumps(document).encode()
