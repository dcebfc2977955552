"""The two hashes, against vectors that were computed elsewhere (sha256sum) or printed by Wompi."""

from __future__ import annotations

import pytest

from wompi_gateway.signatures import event_checksum, integrity_signature, same_checksum

from .signing import EVENTS, INTEGRITY, SANDBOX_EVENTS

I1 = "37c8407747e595535433ef8f6a811d853cd943046624a0ec04662b17bbf33bf5"
E1 = "5a18ec5e8fdb7df463e9f94774cba8f583ba21bd04a09ceff2ea68a4bc0aefbe"
E3 = "c7c03147429efbbcfab3cdf585041c871d577ca183b1387581535add1a061780"


def test_i1_the_documentation_s_own_example() -> None:
    """The integrity signature is the one that Wompi prints for this payment."""
    assert integrity_signature("sk8-438k4-xmxm392-sn2m", 2490000, "COP", INTEGRITY) == I1


def test_i3_with_an_expiration_time() -> None:
    """The expiration joins between currency and secret, byte for byte as it is sent."""
    signature = integrity_signature(
        "sk8-438k4-xmxm392-sn2m", 2490000, "COP", INTEGRITY, expiration_time="2023-06-09T20:28:50.000Z"
    )
    assert signature == "e972f58e7de36b283fbb93d9318d39a54ffdff4e8e917b534f30d63c9d7bb89c"


def test_i5_a_digit_slides_from_the_amount_into_the_reference() -> None:
    """Another payment has the signature of I1: why our references end in a letter."""
    assert integrity_signature("sk8-438k4-xmxm392-sn2m2", 490000, "COP", INTEGRITY) == I1


def test_i6_a_newline_after_the_secret_changes_everything() -> None:
    """Nothing is trimmed here: why the settings trim every secret."""
    signature = integrity_signature("sk8-438k4-xmxm392-sn2m", 2490000, "COP", INTEGRITY + "\n")
    assert signature == "887304f1fcff1c0576d4c481d26d3da55179cc0f1ca8dadab998c8bea2a874ba"


@pytest.mark.parametrize(
    ("values", "timestamp", "secret", "checksum"),
    [
        pytest.param(["1234-1610641025-49201", "APPROVED", "4490000"], 1530291411, EVENTS, E1, id="E1"),
        pytest.param(["1234-1610641025-49201", "APPROVED", "4490000"], 1530291411, SANDBOX_EVENTS, E3, id="E3"),
        pytest.param(["1234-1610641025-49201", "APPROVED", "44900001"], 530291411, SANDBOX_EVENTS, E3, id="E3'"),
        pytest.param(
            ["1234-1610641025-49201", "VOIDED", "4490000"],
            1530291411,
            EVENTS,
            "5d5067a80ccfe9493b02501d24f268dfeb53c104bceaab3ba3d02ba62ec1c987",
            id="E9",
        ),
        pytest.param(
            ["4490000", "1234-1610641025-49201", "APPROVED"],
            1530291411,
            EVENTS,
            "09c5cf8fcd5eaf619e12c97a14255515e23b4fe1a49b0cb2c13fc77dba5fbef4",
            id="E11",
        ),
    ],
)
def test_event_checksums(values: list[str], timestamp: int, secret: str, checksum: str) -> None:
    """The values in the event's own order, the timestamp, the secret. E3' shows that a digit can slide unseen."""
    assert event_checksum(values, timestamp, secret) == checksum


def test_the_checksum_drawn_in_the_documentation_is_wrong() -> None:
    """What the documentation prints for E1 (it begins with 3476DDA5) is not made by its own rule."""
    checksum = event_checksum(["1234-1610641025-49201", "APPROVED", "4490000"], 1530291411, EVENTS)
    assert not same_checksum(checksum[:8], "3476DDA5")


def test_checksums_compare_without_regard_to_case() -> None:
    """The documentation prints upper case, real events carry lower case."""
    assert same_checksum(E1, E1.upper())
    assert not same_checksum(E1, E3)
    assert not same_checksum(E1, E1[:-1])
    assert not same_checksum(E1, "ñ" * 64)
