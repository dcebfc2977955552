"""``wompi-bridge demo``: a whole world on loopback, no accounts: a sandbox WHMCS, a sandbox Wompi, and the real bridge.

The bridge is the one that ``serve`` runs, with the worker beside it, on a SQLite file of its own that is gone
afterwards.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from whmcs_bridge.bridge import Bridge, build
from whmcs_bridge.doctor.check import Check
from whmcs_bridge.doctor.doctor import examine
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.messages import bilingual
from whmcs_bridge.sandbox.sandbox import free_port
from whmcs_bridge.sandbox.settled_month import plant
from whmcs_bridge.sandbox.walk import Walk
from whmcs_bridge.sandbox.whmcs.addon import ADDRESS
from whmcs_bridge.sandbox.whmcs.server import WhmcsSandbox
from whmcs_bridge.sandbox.wompi.server import WompiSandbox
from whmcs_bridge.settings import load_settings
from whmcs_bridge.web.wompi.server import Server, on_termination
from whmcs_bridge.whmcs.hooks_files import hooks_directory

# Made up for the demo: it signs nothing but links between the two sandboxes on this machine.
_SECRET = "demo-secret-for-loopback-only-0123456789"
# How long the one payment of --once may take until it is booked, in seconds.
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """What stands while the demo runs."""

    whmcs: WhmcsSandbox
    wompi: WompiSandbox
    bridge: Bridge
    server: Server
    invoices: tuple[int, ...]
    env_file: Path


@contextmanager
def demo_world(*, port: int = 0) -> Iterator[DemoWorld]:
    """Start the three servers: WHMCS on ``port``, Wompi and the bridge on the two after it (0: free ones).

    The caller lets ``server.run`` serve. Raises ``OSError`` when a port is taken.
    """
    whmcs = WhmcsSandbox(hooks_dir=hooks_directory(), bridge_secret=_SECRET)
    wompi = WompiSandbox(merchant_name=whmcs.company_name)
    ports = (port, port + 1, port + 2) if port else (0, 0, 0)
    for taken in ports:
        free_port(taken)
    folder = Path(tempfile.mkdtemp(prefix="wompi-bridge-demo-"))
    try:
        with whmcs.serving(port=ports[0]), wompi.serving(port=ports[1]):
            # The bridge's own address must be known before it is built, so its port is found first.
            bridge_port = ports[2] or free_port()
            address = f"http://127.0.0.1:{bridge_port}/"
            whmcs.bridge_url = address
            whmcs.bridge_currencies = {"USD"}
            wompi.events_url = address + "webhooks/wompi"
            client = whmcs.add_client()
            invoices = (
                whmcs.add_invoice(client, "59500.00", tax="9500.00"),
                whmcs.add_invoice(client, "178500.00", tax="28500.00"),
                whmcs.add_invoice(client, "1190.00", tax="190.00"),
            )
            given = {
                "BRIDGE_URL": address,
                "BRIDGE_SECRET": _SECRET,
                "BRIDGE_DATABASE_URL": f"sqlite:///{folder / 'bridge.db'}",
                "WHMCS_URL": whmcs.url,
                "WHMCS_API_IDENTIFIER": whmcs.identifier,
                "WHMCS_API_SECRET": whmcs.secret,
                "WOMPI_PUBLIC_KEY": wompi.public_key,
                "WOMPI_PRIVATE_KEY": wompi.private_key,
                "WOMPI_INTEGRITY_SECRET": wompi.integrity_secret,
                "WOMPI_EVENTS_SECRET": wompi.events_secret,
                "WOMPI_API_URL": wompi.api_url,
                "WOMPI_CHECKOUT_URL": wompi.checkout_url,
                "BRIDGE_CURRENCIES": "USD=trm",
                "BRIDGE_TRM_URL": wompi.trm_url,
            }
            # For whoever calls a command beside the demo.
            env_file = folder / "demo.env"
            env_file.write_text("".join(f"{name}={value}\n" for name, value in given.items()), "utf-8")

            def look(tell: Callable[[Sequence[Check]], None]) -> list[Check]:
                return examine(given, folder=folder, tell=tell).checks

            with closing(build(load_settings(given, folder=folder))) as bridge:
                server = Server(bridge, host="127.0.0.1", port=bridge_port, examine=look)
                yield DemoWorld(whmcs, wompi, bridge, server, invoices, env_file)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def demo(*, port: int, once: bool) -> int:
    """Run the demo: until it is interrupted, or for one payment. Returns the exit status."""
    if once:
        logging.getLogger().setLevel(logging.WARNING)
        with demo_world() as world:
            return _play_once(world)
    try:
        with demo_world(port=port) as world:
            for invoice in world.invoices:
                world.whmcs.send_mail("Invoice Created", invoice)
            month = plant(world.whmcs, world.wompi, world.bridge)
            in_dollars = world.whmcs.add_client(firstname="John", lastname="Smith", currency_code="USD")
            world.whmcs.add_invoice(in_dollars, "14.50")
            _print_where_to_click(
                world, in_dollars, f"BRIDGE_ENV_FILE={world.env_file} wompi-bridge settlements show --month {month}"
            )
            on_termination(world.server.stop)
            world.server.run()
    except OSError as error:
        print(
            bilingual(
                f"El puerto {port} o uno de los dos siguientes está ocupado ({error.strerror}). Elija otro con --port.",
                f"Port {port} or one of the two after it is taken ({error.strerror}). Choose another one with --port.",
            )
        )
        return 2
    return 0


def _print_where_to_click(world: DemoWorld, in_dollars: int, settlements: str) -> None:
    invoice, dollars = world.invoices[0], world.whmcs.books.clients[in_dollars]["email"]
    print(
        bilingual(
            f"""
Un mundo de prueba completo, en este equipo y sin dinero real:

  WHMCS (área de clientes)   {world.whmcs.url}
  WHMCS (administrador)      {world.whmcs.url}{ADDRESS}
  Wompi (panel de pruebas)   {world.wompi.url}
  El puente                  {world.bridge.settings.bridge_url}

Recorra el camino del cliente:

  1. Abra {world.whmcs.url} y entre con ana@ejemplo.test, contraseña demo
  2. Facturación → Mis avisos de cobro → el aviso {invoice}, No Pagado
  3. Acepte los términos y condiciones y presione «Pagar con Wompi»
  4. Pague con la tarjeta 4242 4242 4242 4242 (o rechace con 4111 1111 1111 1111, o use PSE o Nequi)
  5. Verá «¡Pago realizado con éxito!», y el aviso quedará Pagado

Y además:

  Pagar desde un correo, sin entrar     {world.whmcs.url}admin/emails
  Un pago en curso: pague con PSE o Nequi, deje el pago pendiente y abra de nuevo el aviso
  Un cliente en dólares, que paga en pesos: entre con {dollars}, contraseña demo
  El mismo WHMCS con el tema six        {world.whmcs.url}?systpl=six (y twenty-one para volver)
  El mes pasado, hasta el banco, con tres diferencias por encontrar:
    {settlements}

Para terminar: Ctrl+C
""",
            f"""
A whole world to try, on this machine and without real money:

  WHMCS (client area)    {world.whmcs.url}
  WHMCS (admin)          {world.whmcs.url}{ADDRESS}
  Wompi (test panel)     {world.wompi.url}
  The bridge             {world.bridge.settings.bridge_url}

Walk the customer's way:

  1. Open {world.whmcs.url} and sign in as ana@ejemplo.test, password demo
  2. Facturación → Mis avisos de cobro → invoice {invoice}, No Pagado
  3. Accept the terms and press "Pagar con Wompi"
  4. Pay with card 4242 4242 4242 4242 (or decline with 4111 1111 1111 1111, or use PSE or Nequi)
  5. You will see "¡Pago realizado con éxito!", and the invoice will be Pagado (paid)

And beside it:

  Pay from an e-mail, without signing in   {world.whmcs.url}admin/emails
  A payment under way: pay by PSE or Nequi, leave it pending, and open the invoice again
  A client billed in dollars who pays in pesos: sign in as {dollars}, password demo
  The same WHMCS with the theme six        {world.whmcs.url}?systpl=six (and twenty-one to come back)
  Last month, up to the bank, with three differences to be found:
    {settlements}

To end: Ctrl+C
""",
        ),
        flush=True,
    )


def _play_once(world: DemoWorld) -> int:
    serving = threading.Thread(target=world.server.run, name="bridge")
    serving.start()
    invoice = world.invoices[0]
    began = datetime.now(UTC)
    try:
        with Walk() as ana:
            ana.open(world.whmcs.url)
            ana.press("Entrar")
            ana.open(f"{world.whmcs.url}viewinvoice.php?id={invoice}")
            ana.press("Pagar con Wompi", terms="accepted")
            shown = ana.press("Pagar $", method="CARD", card="4242 4242 4242 4242")
        booked = _wait_until_booked(world, invoice)
    finally:
        world.server.stop()
        serving.join()
    _print_trail(world.bridge.store, invoice, began)
    rows = [row for row in world.whmcs.transactions if row.invoice_id == invoice]
    once = booked and len(rows) == 1 and "¡Pago realizado con éxito!" in shown
    status = world.whmcs.invoice(invoice).status
    print(
        bilingual(
            f"Aviso de cobro {invoice}: {status}, {len(rows)} pago registrado en WHMCS.",
            f"Invoice {invoice}: {status}, {len(rows)} payment booked in WHMCS.",
        )
    )
    return 0 if once else 1


def _wait_until_booked(world: DemoWorld, invoice: int) -> bool:
    world.wompi.wait_for_deliveries(_PATIENCE)
    if not world.whmcs.wait_for_call("AddInvoicePayment", timeout=_PATIENCE):
        return False
    # The booking is answered; the bridge writes it down within moments. Stopping the server waits for the worker.
    return world.whmcs.invoice(invoice).status == "Paid"


def _print_trail(store: Store, invoice: int, began: datetime) -> None:
    for line in store.journal(invoice_id=invoice):
        after = (line.at - began).total_seconds()
        print(f"{after:7.3f} s  {line.what:<9} {line.transaction_id or line.reference or ''}  {line.detail}".rstrip())
