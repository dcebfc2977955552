"""Links that were revoked before they expired. Rotating ``BRIDGE_SECRET`` ends all links; this ends one."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.schema import revoked_links
from whmcs_bridge.ledger.writes import insert_new
from whmcs_bridge.signed.links import Link


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

    def is_revoked(self, signature: str) -> bool:
        """Tell whether a link with this signature was revoked."""
        query = select(revoked_links.c.signature).where(revoked_links.c.signature == signature)
        return self._database.read(lambda connection: connection.execute(query).first() is not None)
