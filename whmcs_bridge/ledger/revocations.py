"""Links that were revoked before they expired. Rotating ``BRIDGE_SECRET`` ends all links; this ends one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.schema import revoked_links
from whmcs_bridge.ledger.writes import insert_new
from whmcs_bridge.signed.links import Link, signatures_of_invoice


class RevocationTable:
    """Keeps them until they would have expired. Every method raises ``DatabaseUnavailable``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def revoke(self, link: Link, signature: str) -> bool:
        """Revoke one link. False when it was revoked before."""

        def work(connection: Connection) -> bool:
            now = self._clock()
            connection.execute(delete(revoked_links).where(revoked_links.c.expires_at <= now))
            row = {
                "signature": signature,
                "invoice_id": link.invoice_id,
                "expires_at": link.expires_at,
                "revoked_at": now,
            }
            return insert_new(connection, revoked_links, row)

        return self._database.write(work)

    def is_revoked(self, *signatures: str) -> bool:
        """Tell whether a link with one of these signatures was revoked."""
        query = select(revoked_links.c.signature).where(revoked_links.c.signature.in_(signatures))
        return self._database.read(lambda connection: connection.execute(query).first() is not None)

    def ended_for(self, invoice_id: int, client_id: int, secrets: Sequence[str], *, since: datetime | None) -> bool:
        """Tell whether a link by which this client could pay the invoice was revoked after ``since`` (None: ever)."""
        columns = revoked_links.c
        query = select(columns.signature, columns.expires_at).where(
            columns.invoice_id.in_((0, invoice_id)), columns.expires_at > self._clock()
        )
        if since is not None:
            query = query.where(columns.revoked_at >= since)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return any(
            row.signature in signatures_of_invoice(invoice_id, client_id, row.expires_at, secrets) for row in rows
        )
