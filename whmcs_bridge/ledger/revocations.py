"""Links that were taken back before their time. Rotating ``BRIDGE_SECRET`` ends all links; this ends one."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from whmcs_bridge.clock import Clock
from whmcs_bridge.ledger.engine.database import Database
from whmcs_bridge.ledger.schema import revoked_links
from whmcs_bridge.signed.links import Link


class RevocationTable:
    """Remembers them until their own time is over. Every method raises ``DatabaseUnavailable``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def revoke(self, link: Link, signature: str) -> bool:
        """Take one link back. False when it was taken back before."""

        def work(connection: Connection) -> bool:
            now = self._clock()
            connection.execute(delete(revoked_links).where(revoked_links.c.expires_at <= now))
            row = {
                "signature": signature,
                "invoice_id": link.invoice_id,
                "expires_at": link.expires_at,
                "revoked_at": now,
            }
            try:
                with connection.begin_nested():
                    connection.execute(insert(revoked_links).values(**row))
            except IntegrityError:
                return False
            return True

        return self._database.write(work)

    def is_revoked(self, signature: str) -> bool:
        """Tell whether a link with this signature was taken back."""
        query = select(revoked_links.c.signature).where(revoked_links.c.signature == signature)
        return self._database.read(lambda connection: connection.execute(query).first() is not None)
