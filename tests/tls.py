"""TLS for tests: a certificate, and a server that does with each connection what it is told, byte for byte."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_PATIENCE = 10.0

# What is done with one connection that was accepted; it is closed afterwards.
Manner = Callable[["Wire", socket.socket], None]


def certificate(folder: Path, days: int) -> tuple[ssl.SSLContext, Path]:
    """A certificate for this machine that is its own authority."""
    key, file = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", str(key), "-out", str(file), "-days", str(days), "-subj", "/CN=bridge",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return context, file


@dataclass
class Wire:
    """A listening socket. ``manners`` are for one connection after the other, the last one for all that follow."""

    context: ssl.SSLContext
    manners: list[Manner]
    url: str = ""
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    """Every request that came whole."""
    released: threading.Event = field(default_factory=threading.Event)
    """Set when the test is over."""

    def tls(self, sock: socket.socket) -> ssl.SSLSocket:
        """Shake hands."""
        return self.context.wrap_socket(sock, server_side=True)

    def read_request(self, sock: socket.socket) -> bytes:
        """Read one request, its body included; what was read is kept."""
        told = b""
        while b"\r\n\r\n" not in told and (more := sock.recv(65536)):
            told += more
        head, _, body = told.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        while len(body) < int(lengths[0] if lengths else 0) and (more := sock.recv(65536)):
            body += more
        if told:
            self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1] if told else b""


@contextmanager
def wire(context: ssl.SSLContext, *manners: Manner, scheme: str = "https") -> Iterator[Wire]:
    """Listen on this machine until the test is over."""
    told = Wire(context, list(manners))

    def serve(sock: socket.socket, manner: Manner) -> None:
        sock.settimeout(_PATIENCE)
        with contextlib.closing(sock), contextlib.suppress(OSError):
            manner(told, sock)

    def accept() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            told.connections += 1
            manner = told.manners.pop(0) if len(told.manners) > 1 else told.manners[0]
            threads.append(threading.Thread(target=serve, args=(sock, manner)))
            threads[-1].start()

    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        told.url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/"
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield told
        finally:
            told.released.set()
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread in threads:
                thread.join()


def beneath(tls: ssl.SSLSocket, octets: bytes) -> None:
    """Write bytes past the encryption, straight to the wire."""
    os.write(tls.fileno(), octets)


def after_the_request(octets: bytes) -> Manner:
    """Shake hands, take the whole request, and answer with bytes that are not encrypted."""

    def manner(wire: Wire, sock: socket.socket) -> None:
        with wire.tls(sock) as tls:
            wire.read_request(tls)
            beneath(tls, octets)

    return manner
