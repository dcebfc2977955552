"""E29: a fault in ``hooks/`` is told to the admin once an hour, whatever the number of pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.php.bridge import serving
from tests.php.test_php_cancellation import age
from tests.php.test_php_navbar import ACTIVE, open_page
from tests.php.whmcs import Whmcs, invoice

PAGES = 5


def page(whmcs: Whmcs) -> list[str]:
    """A page of the client area while WHMCS's settings cannot be read, and what the activity log got."""
    return open_page(whmcs, broken=["getGatewayVariables"]).activity


def button(whmcs: Whmcs) -> list[str]:
    """An invoice's page with parameters that nobody understands."""
    return whmcs.run("wompi_link", invoice(invoiceid="x")).activity


@pytest.mark.parametrize("visit", [page, button], ids=["hook", "gateway"])
def test_E29_one_line_an_hour(php: str, tmp_path: Path, visit: object) -> None:
    """Each page is a process of its own. After an hour it is told again, if it is still so."""
    assert callable(visit)
    whmcs = Whmcs(php, temporary=tmp_path)
    told = [visit(whmcs) for _ in range(PAGES)]
    assert [len(lines) for lines in told] == [1, 0, 0, 0, 0]
    age(tmp_path, seconds=3540)
    assert visit(whmcs) == []
    age(tmp_path, seconds=120)
    assert visit(whmcs) == told[0]


def test_E29_another_fault_is_told(php: str, tmp_path: Path) -> None:
    """Each by its kind and place."""
    whmcs = Whmcs(php, temporary=tmp_path)
    first, second = page(whmcs), button(whmcs)
    assert len({*first, *second}) == 2


def test_E29_a_secret_that_differs(php: str, tmp_path: Path) -> None:
    """What every page would tell is no different."""
    whmcs = Whmcs(php, asks=True, temporary=tmp_path)
    with serving() as stub:
        stub.status = 401
        told = [whmcs.run("wompi_link", invoice(bridgeUrl=stub.url), client={"id": 77}) for _ in range(PAGES)]
    assert [len(answer.activity) for answer in told] == [1, 0, 0, 0, 0]


def test_E29_a_folder_that_cannot_be_written_hides_nothing(php: str, tmp_path: Path) -> None:
    """Where nothing can be remembered it is told each time: too much rather than nothing. A time to come, too."""
    nowhere = Whmcs(php, temporary=tmp_path / "nowhere")
    assert [len(page(nowhere)) for _ in range(2)] == [1, 1]
    whmcs = Whmcs(php, temporary=tmp_path)
    assert len(page(whmcs)) == 1
    age(tmp_path, seconds=-7200)
    assert len(page(whmcs)) == 1


def test_E29_what_is_remembered_holds_nothing(php: str, tmp_path: Path) -> None:
    """Empty files, whose names tell nobody what they are about."""
    page(Whmcs(php, temporary=tmp_path))
    button(Whmcs(php, temporary=tmp_path))
    files = sorted(tmp_path.iterdir())
    assert [file.stat().st_size for file in files] == [0, 0]
    assert all(file.name.startswith("wompi-bridge-") and len(file.name) == 77 for file in files)
    assert ACTIVE["bridgeSecret"] not in str(files)
