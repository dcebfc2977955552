"""``wompi-bridge sandbox``: a Wompi and a WHMCS to build against, on this machine, without a bridge."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from whmcs_bridge.commands.terminal import complain, option, port_number
from whmcs_bridge.messages import bilingual


def arguments(parser: argparse.ArgumentParser) -> None:
    option(parser, "--wompi-port", "puerto de Wompi", "Wompi's port", type=port_number, default=8801, metavar="PORT")
    option(parser, "--whmcs-port", "puerto de WHMCS", "WHMCS's port", type=port_number, default=8802, metavar="PORT")
    option(parser, "--host", "dirección en la que escucha", "the address to listen on", default="127.0.0.1")
    option(parser, "--events-url", "a dónde van los eventos", "where events go", default="", metavar="URL")
    option(
        parser,
        "--pay-url",
        "a dónde lleva el botón de pago; {invoice} es el número del aviso",
        "where the pay button leads; {invoice} is the invoice's number",
        default="",
        metavar="URL",
    )
    option(parser, "--state", "archivo que lo conserva todo", "a file that keeps it all", type=Path, metavar="FILE")
    option(
        parser,
        "--retry-speed",
        "repite los eventos N veces más rápido que Wompi",
        "sends events again N times faster than Wompi",
        type=_speed,
        default=1.0,
        metavar="N",
    )
    option(parser, "--whmcs-version", "versión de WHMCS", "WHMCS's version", choices=("7", "8", "9"), default="8")


def run(given: argparse.Namespace) -> int:
    from whmcs_bridge.sandbox.service import Options, Service, serving

    options = Options(
        given.wompi_port, given.whmcs_port, given.host, given.events_url, given.pay_url, given.state, given.retry_speed,
        given.whmcs_version,
    )  # fmt: skip
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())

    def show(service: Service) -> None:
        for name, value in service.facts().items():
            print(f"{name}={value}")
        events = service.wompi.events_url or bilingual("a ninguna parte (--events-url)", "nowhere (--events-url)")
        print(bilingual(f"# Los eventos van a: {events}", f"# Events go to: {events}"))
        for sandbox in (service.wompi, service.whmcs):
            print(f"# {sandbox.name}: {sandbox.url}_sandbox/ · {sandbox.url}openapi.json", flush=True)

    try:
        with serving(options) as service:
            show(service)
            service.run(stop)
    except OSError as error:
        complain(
            bilingual(
                f"No se puede escuchar o escribir ({error.strerror}): revise --wompi-port, --whmcs-port y --state.",
                f"Cannot listen or write ({error.strerror}): look at --wompi-port, --whmcs-port and --state.",
            )
        )
        return 2
    except ValueError as error:
        complain(f"{given.state}: {error}")
        return 2
    return 0


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed <= 1_000_000:
        raise ValueError
    return speed
