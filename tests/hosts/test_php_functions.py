"""E13: hosts switch functions of PHP off. What needs no bridge is there all the same, everywhere in ``hooks/``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.php.bridge import serving
from tests.php.test_php_proof import serving_site
from tests.php.test_php_refund import refund
from tests.php.test_php_whole import GOOD, PLACES, check
from tests.php.whmcs import HOOKS, Whmcs
from tests.whmcs.test_hooks_installer import FILES

# What a Colombian shared host's php.ini says, beside curl_exec.
TYPICAL = (
    "curl_exec,curl_multi_exec,exec,passthru,shell_exec,system,proc_open,popen,pcntl_exec,parse_ini_file,show_source,"
    "symlink,readlink,link,dl,phpinfo,php_uname,getmypid,posix_getpwuid,posix_geteuid,disk_free_space,ini_alter,"
    "set_time_limit,scandir,fsockopen,stream_socket_client,mail,touch,unlink,sys_get_temp_dir"
)
WITHOUT = {
    "curl_exec": ("-d", "disable_functions=curl_exec"),
    "curl_init": ("-d", "disable_functions=curl_init"),
    "curl_setopt_array": ("-d", "disable_functions=curl_setopt_array"),
    "curl_getinfo": ("-d", "disable_functions=curl_getinfo"),
    "curl_errno": ("-d", "disable_functions=curl_errno"),
    "random_bytes": ("-d", "disable_functions=random_bytes"),
    "a typical list": ("-d", f"disable_functions={TYPICAL}", "-d", "allow_url_fopen=0"),
    "the extension": ("-n",),
    "everything outside of its folder": ("-n", "-d", "open_basedir=/nowhere"),
}


def without(php: str, what: str) -> Whmcs:
    """A WHMCS on such a host."""
    options = WITHOUT[what]
    if "open_basedir=/nowhere" in options:
        options = (*options[:-1], f"open_basedir={HOOKS}:{HOOKS.parent / 'tests'}")
    return Whmcs(php, asks=True, options=options)


@pytest.mark.parametrize("what", WITHOUT)
@pytest.mark.parametrize("place", PLACES)
def test_E13_each_place_is_as_if_the_bridge_were_away(php: str, place: str, what: str) -> None:
    """The button without the status, the panel that says so, the menu, the e-mail: whole, and nobody was called."""
    ask, whole, _ = PLACES[place]
    with serving() as stub:
        stub.body = json.dumps(GOOD).encode()
        answer = ask(without(php, what), {"bridgeUrl": stub.url})
        assert stub.asked == []
    check(answer)
    assert whole(answer), answer


def test_E13_a_refund_that_cannot_be_asked_says_so(php: str) -> None:
    """Nothing was asked for, and who runs the server is told what to allow: no "it is not known"."""
    told = refund(without(php, "curl_exec"), "http://127.0.0.1:1")
    assert told["status"] == "error"
    assert "No se pidió nada: el PHP de WHMCS no puede llamar al puente" in told["rawdata"]
    assert "curl_exec" in told["rawdata"]


def test_E13_doctor_is_answered_on_such_a_host(php: str, tmp_path: Path) -> None:
    """Which files are installed, without scandir; and why the bridge is not reached."""
    with serving_site(php, tmp_path, *WITHOUT["a typical list"]) as site:
        site.settings()
        told = site.ask().json()
    assert len(told["files"]["modules/gateways/wompi/lib/Call.php"]) == 64
    assert len(told["files"]) == len(FILES)
    assert told["bridge_answers"] == "the bridge cannot be asked from this PHP"
