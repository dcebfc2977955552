"""A merchant's keys: their environment, their kinds, and that no secret is ever repeated."""

from __future__ import annotations

import pytest

from wompi_gateway.errors import KeysError
from wompi_gateway.keys import Environment, Keys, environment_of

TEST = ("pub_test_Kw4aC0rZ", "prv_test_Kw4aC0rZ", "test_integrity_Kw4aC0rZ", "test_events_Kw4aC0rZ")
PROD = ("pub_prod_Kw4aC0rZ", "prv_prod_Kw4aC0rZ", "prod_integrity_Kw4aC0rZ", "prod_events_Kw4aC0rZ")
KINDS = ("public", "private", "integrity", "events")


def keys_of(values: tuple[str, ...]) -> Keys:
    public, private, integrity, *events = values
    return Keys(public, private, integrity, tuple(events))


def test_both_environments() -> None:
    """The environment is read off the keys, and gives the host and the word in events."""
    assert keys_of(TEST).environment is Environment.SANDBOX
    assert keys_of(PROD).environment is Environment.PRODUCTION
    assert Environment.SANDBOX.api_url == "https://sandbox.wompi.co/v1"
    assert Environment.PRODUCTION.api_url == "https://production.wompi.co/v1"
    assert [str(word) for word in Environment] == ["test", "prod"]


@pytest.mark.parametrize("position", range(4))
def test_mixed_environments_are_refused(position: int) -> None:
    """One sandbox key among three production keys is enough to refuse them all."""
    values = [*PROD]
    values[position] = TEST[position]
    with pytest.raises(KeysError, match="mixed"):
        keys_of(tuple(values))


def test_several_events_secrets() -> None:
    """While a secret is rotated both verify; one of the other environment does not get in."""
    assert keys_of((*PROD, "prod_events_0lderS3cret")).events == ("prod_events_Kw4aC0rZ", "prod_events_0lderS3cret")
    with pytest.raises(KeysError, match="mixed"):
        keys_of((*PROD, "test_events_0lderS3cret"))
    with pytest.raises(KeysError, match="missing"):
        keys_of(PROD[:3])


@pytest.mark.parametrize("given", range(4))
@pytest.mark.parametrize("wanted", range(4))
def test_a_key_in_the_wrong_field_is_named(given: int, wanted: int) -> None:
    """A key of another kind is told by its kind: the four are easily exchanged when they are pasted."""
    if given == wanted:
        assert environment_of(KINDS[wanted], PROD[given]) is Environment.PRODUCTION
    else:
        with pytest.raises(KeysError, match=rf"another kind \({KINDS[given]}\)"):
            environment_of(KINDS[wanted], PROD[given])


@pytest.mark.parametrize(
    "body",
    ["", "abc", "xxxx", "xxxxxxxxxxxx", "------", "with space", "line\n", "Kw4aC0rZ\n", "señal-ñ", "a" + "b" * 128],
)
@pytest.mark.parametrize("kind", KINDS)
def test_A81_placeholders_and_cut_keys_are_refused(kind: str, body: str) -> None:
    """Empty, cut short, one character over and over, or with characters that no key has: not used, and not repeated."""
    prefix = PROD[KINDS.index(kind)].removesuffix("Kw4aC0rZ")
    with pytest.raises(KeysError) as refusal:
        environment_of(kind, prefix + body)
    assert len(body) < 4 or body not in str(refusal.value)


@pytest.mark.parametrize(
    "value", ["", "prod", "PUB_PROD_Kw4aC0rZ", "pub_stagtest_Kw4aC0rZ", " pub_prod_Kw4aC0rZ", "sk_live_S3cretOfOthers"]
)
def test_other_prefixes_are_refused(value: str) -> None:
    """What does not begin as Wompi's keys do is refused, with what was expected and without the value."""
    with pytest.raises(KeysError, match="must start with pub_test_ or pub_prod_") as refusal:
        environment_of("public", value)
    assert "S3cretOfOthers" not in str(refusal.value)


def test_secrets_are_not_shown() -> None:
    """What a log or a traceback prints of the keys is the public key alone."""
    shown = repr(Keys("pub_prod_Kw4aC0rZ", "prv_prod_alpha", "prod_integrity_bravo", ("prod_events_charlie",)))
    assert "pub_prod_Kw4aC0rZ" in shown
    for secret in ("alpha", "bravo", "charlie"):
        assert secret not in shown
