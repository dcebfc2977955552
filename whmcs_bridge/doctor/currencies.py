"""The currencies that may be paid in pesos (``BRIDGE_CURRENCIES``): whether WHMCS has them, how exact its rate is, and
whether the official rate can be read."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from urllib.parse import urlsplit

from whmcs_bridge.checkout.official_rate import NoTrm, read_trm
from whmcs_bridge.clock import Clock
from whmcs_bridge.doctor.check import Check, fail, ok, warn
from whmcs_bridge.messages import BOGOTA
from whmcs_bridge.money.currencies import RateRule, Source, imprecision
from whmcs_bridge.settings import Settings
from wompi_gateway.transport import Transport

IMPRECISE = "currencies.precision"

# How far WHMCS's rate may be off before it is told.
_MOST = Fraction(1, 1000)


def currency_checks(rules: Mapping[str, RateRule], rates: Mapping[str, str]) -> list[Check]:
    """Look at WHMCS's currencies, COP first. ``rates`` are WHMCS's own, as ``GetCurrencies`` tells them."""
    by_whmcs = [code for code, rule in rules.items() if rule.source is Source.WHMCS]
    by_trm = [code for code in rules if code not in by_whmcs]
    checks = [_cop(needed=bool(by_whmcs) or not any(code in rates for code in by_trm), is_there="COP" in rates)]
    checks += [_known(code, is_there=code in rates) for code in rules]
    if "COP" in rates and (rough := [one for one in by_whmcs if one in rates and _is_rough(rates, one)]):
        checks.append(_imprecise(rough, rates))
    elif by_whmcs and "COP" in rates:
        checks.append(ok(IMPRECISE, "Las tasas de WHMCS son exactas.", "WHMCS's rates are exact enough."))
    return checks


def trm_checks(settings: Settings, transport: Transport, now: Clock) -> list[Check]:
    """Read today's official rate, where a currency is paid by it."""
    if not any(rule.source is Source.TRM for rule in settings.bridge_currencies.values()):
        return []
    day = now().astimezone(BOGOTA).date()
    host = urlsplit(settings.bridge_trm_url).hostname
    try:
        trm = read_trm(transport, settings.bridge_trm_url, day)
    except NoTrm as error:
        return [
            warn(
                "currencies.trm",
                f"No se pudo leer la TRM de hoy ({day}): mientras tanto no se pueden pagar avisos en dólares.",
                f"Today's official rate ({day}) cannot be read ({error}): meanwhile no invoice in dollars can be paid.",
                f"Permita que este servidor llame a https://{host}/ (puerto 443). Si ese sitio no contesta, espere: el"
                " puente lo intenta de nuevo con cada pagador.",
                f"Let this server call https://{host}/ (port 443). If that site does not answer, wait: the bridge tries"
                " again with each payer.",
            )
        ]
    return [
        ok(
            "currencies.trm",
            f"La TRM de hoy es {trm.pesos}, vigente hasta el {trm.last}.",
            f"Today's official rate is {trm.pesos}; it holds until {trm.last}.",
        )
    ]


def _cop(*, needed: bool, is_there: bool) -> Check:
    if is_there:
        return ok("whmcs.currency", "WHMCS tiene la moneda COP.", "WHMCS has the currency COP.")
    if not needed:
        return ok(
            "whmcs.currency",
            "WHMCS no tiene la moneda COP, y no hace falta: se cobra con la TRM.",
            "WHMCS does not have the currency COP, and needs none: the official rate is used.",
        )
    return fail(
        "whmcs.currency",
        "WHMCS no tiene la moneda COP.",
        "WHMCS does not have the currency COP.",
        "En WHMCS: Configuration → System Settings → Currencies, agregue COP; los clientes que pagan con Wompi deben"
        " tener esa moneda (o una de BRIDGE_CURRENCIES).",
        "In WHMCS: Configuration → System Settings → Currencies, add COP; clients who pay with Wompi need to have it"
        " (or one of BRIDGE_CURRENCIES).",
    )


def _known(code: str, *, is_there: bool) -> Check:
    if is_there:
        return ok(f"currencies.{code}", f"WHMCS tiene la moneda {code}.", f"WHMCS has the currency {code}.")
    return fail(
        f"currencies.{code}",
        f"BRIDGE_CURRENCIES nombra {code}, y WHMCS no tiene esa moneda.",
        f"BRIDGE_CURRENCIES names {code}, and WHMCS does not have that currency.",
        f"En WHMCS: Configuration → System Settings → Currencies, agregue {code}; o quítela de BRIDGE_CURRENCIES y"
        " reinicie el puente.",
        f"In WHMCS: Configuration → System Settings → Currencies, add {code}; or take it out of BRIDGE_CURRENCIES and"
        " restart the bridge.",
    )


def _is_rough(rates: Mapping[str, str], code: str) -> bool:
    try:
        return imprecision(rates, code) > _MOST
    except ValueError:
        return True


def _imprecise(codes: list[str], rates: Mapping[str, str]) -> Check:
    """WHMCS writes rates with five decimals: https://docs.whmcs.com/8-13/payments/currencies/"""
    told = ", ".join(f"{code} {rates[code]}{_share(rates, code)}" for code in codes)
    other = [code for code in codes if code != "USD"]
    fix_es = "Escriba USD=trm en BRIDGE_CURRENCIES y reinicie el puente." if "USD" in codes else ""
    fix_en = "Write USD=trm in BRIDGE_CURRENCIES and restart the bridge." if "USD" in codes else ""
    if other:
        names = ", ".join(other)
        fix_es += f" Para {names} no hay tasa oficial: quítela de BRIDGE_CURRENCIES, o elija otra moneda base en WHMCS."
        fix_en += f" {names} has no official rate: take it out of BRIDGE_CURRENCIES, or choose another base in WHMCS."
    return warn(
        IMPRECISE,
        f"WHMCS escribe sus tasas con cinco decimales, y así se puede cobrar de más o de menos: {told}.",
        f"WHMCS writes its rates with five decimals, so that too much or too little may be charged: {told}.",
        fix_es.strip(),
        fix_en.strip(),
    )


def _share(rates: Mapping[str, str], code: str) -> str:
    try:
        return f" (± {float(imprecision(rates, code) * 100):.2f} %)"
    except ValueError:
        return ""
