"""The texts in both languages, the choice of the language, dates, and the advice after a decline."""

from __future__ import annotations

from datetime import UTC, date, datetime
from string import Formatter
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whmcs_bridge.messages import (
    LANGUAGES,
    WORDS,
    Advice,
    Language,
    Text,
    browser_language,
    decline_advice,
    format_date,
    format_date_time,
    settings,
    text,
)
from whmcs_bridge.money.currencies import WrongCurrencies
from whmcs_bridge.money.fees import WrongFees
from whmcs_bridge.money.instalments import WrongMinimum


def _placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_every_language_has_its_words() -> None:
    """No text exists in one language only: a field for each, and no other."""
    assert Text._fields == LANGUAGES


@pytest.mark.parametrize("key", WORDS)
def test_both_languages_have_the_same_placeholders(key: str) -> None:
    """A text takes the same named values in both languages, and none by position."""
    spanish = _placeholders(WORDS[key].es)
    assert spanish == _placeholders(WORDS[key].en)
    assert all(name.isidentifier() for name in spanish)


@pytest.mark.parametrize("language", get_args(Language))
def test_texts_are_plain_and_not_empty(language: Language) -> None:
    """No text carries markup, which the templates would escape, or stray spaces."""
    for key, words in WORDS.items():
        template = words.in_(language)
        assert template, key
        assert template == template.strip(), key
        assert not set("<>&") & set(template), key
        assert "  " not in template, key


def test_the_payer_is_addressed_formally() -> None:
    """Spanish texts say "usted": no form of "tú" and no "vos"."""
    informal = {"tú", "tu", "tus", "te", "vos", "contigo", "puedes", "tienes", "haz", "quieres", "revisa", "intenta"}
    for key, words in WORDS.items():
        assert not {word.strip(".,:;¡!¿?«»()").lower() for word in words.es.split()} & informal, key


def test_a_text_is_filled_and_never_parsed_again() -> None:
    """A value with braces stands in the text as it is; a key or a value that is missing is an error."""
    assert text("es", "invoice", number="{brand}") == "Aviso de cobro n.º {brand}"
    assert text("en", "invoice", number="FV-7", unused=1) == "Invoice no. FV-7"
    with pytest.raises(KeyError):
        text("es", "no such key")
    with pytest.raises(KeyError):
        text("es", "invoice")


@pytest.mark.parametrize(
    ("whmcs", "browser", "expected"),
    [
        ("spanish", "en", "es"),
        ("spanish-latin", "en-US,en;q=0.9", "es"),
        ("Spanish", None, "es"),
        ("english", "es-CO,es;q=0.9", "en"),
        ("english-gb", None, "en"),
        ("es-CO", "en", "es"),
        # A language that we do not speak, and the system's default, leave it to the browser.
        ("french", "en", "en"),
        ("", "en", "en"),
        (None, "en-GB", "en"),
        ("estonian", "en", "en"),
        # Quality values, RFC 9110: the greatest wins, 0 means "not acceptable", equal ones go by order.
        (None, "en;q=0.8,es;q=0.9", "es"),
        (None, "en;q=0.9,es;q=0.8", "en"),
        (None, "es;q=0,en;q=0.1", "en"),
        (None, "fr-FR,fr;q=0.9,en;q=0.3,*;q=0.1", "en"),
        (None, "en, es", "en"),
        (None, "es, en", "es"),
        (None, "EN-us ; Q=0.7", "en"),
        (None, "*", "es"),
        # Nothing usable: Spanish.
        (None, "fr, de;q=0.5", "es"),
        (None, "en;q=2", "es"),
        (None, "en;q=abc,;;q=,", "es"),
        (None, "english", "es"),
        (None, "", "es"),
        (None, None, "es"),
        (None, "fr," * 20 + "en", "es"),
    ],
)
def test_choice_of_language(whmcs: str | None, browser: str | None, expected: Language) -> None:
    """The client's language at WHMCS wins, then the browser's preference, then Spanish."""
    assert browser_language(whmcs, browser) == expected


@given(st.none() | st.text(), st.none() | st.text())
def test_choice_of_language_is_total(whmcs: str | None, browser: str | None) -> None:
    """Whatever a database or a browser holds, one of the two languages comes out."""
    assert browser_language(whmcs, browser) in get_args(Language)


def test_dates_in_both_languages() -> None:
    """Dates are written out, with the month's own name in each language."""
    assert format_date(date(2026, 11, 21), "es") == "21 de noviembre de 2026"
    assert format_date(date(2026, 11, 21), "en") == "21 November 2026"
    assert format_date(date(2027, 1, 1), "es") == "1 de enero de 2027"
    assert format_date(date(2028, 2, 29), "en") == "29 February 2028"


@pytest.mark.parametrize(
    ("moment", "spanish", "english"),
    [
        (datetime(2026, 11, 21, 15, 4), "21 de noviembre de 2026, 3:04\xa0p.\xa0m.", "21 November 2026, 3:04\xa0pm"),  # noqa: DTZ001 - no zone
        # 04:59 UTC is still the evening before in Bogotá, five hours behind.
        (datetime(2026, 11, 22, 4, 59, tzinfo=UTC), "21 de noviembre de 2026, 11:59\xa0p.\xa0m.",
         "21 November 2026, 11:59\xa0pm"),
        (datetime(2026, 11, 22, 5, 0, tzinfo=UTC), "22 de noviembre de 2026, 12:00\xa0a.\xa0m.",
         "22 November 2026, 12:00\xa0am"),
        (datetime(2026, 7, 1, 17, 30, tzinfo=UTC), "1 de julio de 2026, 12:30\xa0p.\xa0m.", "1 July 2026, 12:30\xa0pm"),
    ],
)  # fmt: skip
def test_times_are_colombian(moment: datetime, spanish: str, english: str) -> None:
    """A time with a zone is shown in Colombia's, and on its date; one without is Colombian already."""
    assert format_date_time(moment, "es") == spanish
    assert format_date_time(moment, "en") == english


@pytest.mark.parametrize(
    ("method", "message", "code", "expected"),
    [
        # Seen at Wompi (reference: status_message and processor_response_code of real and sandbox transactions).
        ("CARD", "Fondos Insuficientes", "51", "funds"),
        ("CARD", None, "51", "funds"),
        ("CARD", "FONDOS INSUFICIENTES", None, "funds"),
        ("CARD", "La transacción fue rechazada (Sandbox)", "12", "generic"),
        ("PSE", "Transacción RECHAZADA en Sandbox", None, "pse_first"),
        ("NEQUI", None, None, "nequi"),
        # The code speaks first.
        ("CARD", "La transacción fue rechazada", "54", "expired"),
        ("CARD", "La transacción fue rechazada", "61", "limit"),
        ("CARD", "La transacción fue rechazada", "05", "bank"),
        ("CARD", "algo", "9999", "generic"),
        ("CARD", "algo", " 51 ", "funds"),
        # Then the words.
        ("CARD", "Cupo insuficiente", None, "funds"),
        ("PSE", "Saldo insuficiente en la cuenta", None, "funds"),
        ("CARD", "Tarjeta vencida", None, "expired"),
        ("CARD", "La autenticación 3DS no fue exitosa", None, "three_ds"),
        ("CARD", "3-D Secure", None, "three_ds"),
        ("PSE", "Excede el límite diario", None, "limit"),
        ("NEQUI", "Supera el tope permitido", None, "limit"),
        ("PSE", "Monto superior al permitido", None, "limit"),
        ("CARD", "Valor mayor al permitido", None, "limit"),
        ("CARD", "Tarjeta bloqueada", None, "bank"),
        ("NEQUI", "Cuenta inactiva", None, "bank"),
        ("CARD", "Tarjeta restringida", None, "bank"),
        ("CARD", "Transacción no autorizada por el banco emisor", None, "bank"),
        ("PSE", "Usuario no registrado", None, "pse_first"),
        ("CARD", "Usuario no registrado", None, "generic"),
        ("PSE", "El banco se encuentra saturado", None, "busy"),
        ("CARD", "Emisor no disponible", None, "busy"),
        ("CARD", None, "91", "busy"),
        ("NEQUI", "Transacción expirada", None, "late"),
        ("PSE", "Tiempo de espera agotado", None, "late"),
        ("NEQUI", "Saldo no disponible", None, "funds"),
        ("CARD", "", "", "generic"),
        ("OTRO", "xyz", None, "generic"),
    ],
)
def test_advice_after_a_decline(method: str, message: str | None, code: str | None, expected: Advice) -> None:
    """A known code or wording gets its own advice, whatever is not understood the general one."""
    assert decline_advice(method, message, code) == expected


@given(st.text(), st.none() | st.text(), st.none() | st.text())
def test_advice_is_total(method: str, message: str | None, code: str | None) -> None:
    """Whatever Wompi says, there is an advice, and both languages have its text."""
    advice = decline_advice(method, message, code)
    assert advice in get_args(Advice)
    assert f"advice.{advice}" in WORDS


def test_every_advice_has_its_text() -> None:
    """No advice can be chosen that there are no words for, and none stands there unused."""
    known = {key.removeprefix("advice.") for key in WORDS if key.startswith("advice.")}
    assert known == set(get_args(Advice))


@pytest.mark.parametrize(
    ("reasons", "words"),
    [(WrongFees, settings.FEES), (WrongCurrencies, settings.CURRENCIES), (WrongMinimum, settings.MINIMUM)],
)
def test_every_reason_of_a_wrong_setting_has_its_words(reasons: object, words: dict[str, Text]) -> None:
    """The rule says why by a word of its own, which nobody else can know."""
    assert set(get_args(reasons)) == words.keys()
