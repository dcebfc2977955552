"""The composition root: builds everything once from the settings. Nothing else makes connections."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from whmcs_bridge.booking.evidence import BookingSettings
from whmcs_bridge.booking.orders import Orders
from whmcs_bridge.booking.pacing import RateLimiter
from whmcs_bridge.booking.posting import Posting
from whmcs_bridge.booking.reconcile import ASKS_A_SECOND, Reconcile
from whmcs_bridge.booking.worker import Worker
from whmcs_bridge.checkout.checkout import Checkouts, CheckoutSettings
from whmcs_bridge.checkout.official_rate import OfficialRate
from whmcs_bridge.checkout.quotes import Quotes
from whmcs_bridge.checkout.rates import Rates
from whmcs_bridge.checkout.visitor_limits import VisitorLimits
from whmcs_bridge.clock import Clock, Stopwatch, stopwatch, utc_now
from whmcs_bridge.ledger import migrations
from whmcs_bridge.ledger.alarms import AlarmTable
from whmcs_bridge.ledger.call_nonces import CallNonceTable
from whmcs_bridge.ledger.engine.database import Database, DatabaseUnavailable
from whmcs_bridge.ledger.engine.ledger_clock import LedgerClock
from whmcs_bridge.ledger.impossible_times import ImpossibleTimes
from whmcs_bridge.ledger.payer_notes import PayerNoteTable
from whmcs_bridge.ledger.refused_signatures import RefusedSignatureTable
from whmcs_bridge.ledger.reports import Reports
from whmcs_bridge.ledger.retention import Retention
from whmcs_bridge.ledger.revocations import RevocationTable
from whmcs_bridge.ledger.settlement_queries import SettlementQueries
from whmcs_bridge.ledger.statistics import LedgerStatistics
from whmcs_bridge.ledger.store import Store
from whmcs_bridge.ledger.voids import VoidTable
from whmcs_bridge.ledger.waiting import Timer, this_boot
from whmcs_bridge.metrics import Metrics
from whmcs_bridge.monitoring.alarms import LONGEST_WAIT
from whmcs_bridge.monitoring.counters import ProcessCounters
from whmcs_bridge.monitoring.monitor import Monitor
from whmcs_bridge.monitoring.notifier import Notifier
from whmcs_bridge.settings import Settings
from whmcs_bridge.settlements.settlements import Settlements
from whmcs_bridge.voids.voids import LONGEST_CALL, Voids
from whmcs_bridge.whmcs.client import WhmcsClient
from wompi_gateway.client import WompiClient
from wompi_gateway.errors import ApiError
from wompi_gateway.keys import Keys
from wompi_gateway.transport import Transport

logger = logging.getLogger(__name__)

_MERCHANT_NAME = "merchant_name"
# How long after its lease a worker without a heartbeat counts as stopped, in seconds.
_SILENCE = 60
# After the wait of an unclear booking, how long the booking may take.
_BOOKING_TIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Bridge:
    """Everything that pages and commands need, built once."""

    settings: Settings
    keys: Keys
    clock: Clock
    database: Database
    transport: Transport
    store: Store
    revocations: RevocationTable
    call_nonces: CallNonceTable
    payer_notes: PayerNoteTable
    wompi: WompiClient
    whmcs: WhmcsClient
    posting: Posting
    orders: Orders
    reconcile: Reconcile
    retention: Retention
    checkouts: Checkouts
    worker: Worker
    counters: ProcessCounters
    statistics: LedgerStatistics
    reports: Reports
    alarms: AlarmTable
    monitor: Monitor
    voids: Voids
    settlements: Settlements
    rates: Rates
    visitor_limits: VisitorLimits
    wompi_for_visitors: WompiClient
    """For ids that anybody may ask about: these calls raise and end no alarm."""

    def brand_name(self) -> str | None:
        """The heading of the payer's pages: the setting, or the merchant's name at Wompi once it is known."""
        return self.settings.bridge_brand_name or self.store.recall(_MERCHANT_NAME)

    def learn_brand_name(self) -> None:
        """Ask Wompi once for the merchant's name, unless the settings give one. A failure is only logged."""
        try:
            if self.brand_name():
                return
            merchant = self.wompi.merchant()
            if name := (merchant.name or merchant.legal_name):
                self.store.remember(_MERCHANT_NAME, name[:80])
        except (ApiError, DatabaseUnavailable) as error:
            logger.warning("bridge: the merchant's name at Wompi could not be read: %s", error)

    def close(self) -> None:
        """Close all connections. No thread may be at work."""
        self.reconcile.close()
        self.checkouts.quotes.close()
        self.posting.close()
        self.transport.close()
        self.database.close()


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    ticks: Stopwatch = stopwatch,
    boot: str | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Bridge:
    """Connect everything. Raises ``DatabaseUnavailable`` when the database cannot be opened or brought up to date.

    ``clock`` is for tests, and serves as the ledger's clock as well. ``boot`` names the machine and the boot whose
    stopwatch ``ticks`` is; None: this one's.
    """
    keys = settings.keys
    database = Database(settings.bridge_database_url)
    migrations.upgrade(database)
    ledger_clock = clock or make_ledger_clock(database, ticks)
    clock = clock or utc_now
    in_doubt = timedelta(seconds=settings.whmcs_post_timeout + settings.bridge_recheck_after)
    timer = Timer(boot or this_boot(), ticks, rule=in_doubt)
    store = Store(database, ledger_clock, timer)
    lease = timedelta(seconds=settings.lease)
    times = ImpossibleTimes(database, ledger_clock, timer, lease=lease)
    transport = Transport()
    counters = ProcessCounters(Metrics(), ticks)
    wompi, whmcs = _clients(settings, keys, transport, counters)
    visitors_wompi, _ = _clients(settings, keys, transport, counters, counts_only=True)
    quick_wompi, quick_whmcs = _clients(settings, keys, transport, counters, longest=LONGEST_CALL)
    booking_settings = BookingSettings(
        secrets=settings.bridge_secret,
        gateway=settings.whmcs_gateway,
        timezone=settings.whmcs_timezone,
        recheck_after=settings.bridge_recheck_after,
        post_timeout=settings.whmcs_post_timeout,
        lease=settings.lease,
        fees=settings.bridge_fees,
        parallel=settings.whmcs_parallel,
        only_clients=settings.only_clients,
    )
    posting = Posting(
        store, wompi, whmcs, booking_settings, clock=ledger_clock, stopwatch=ticks, metrics=counters.metrics
    )
    rate_limiter = RateLimiter(ASKS_A_SECOND, ticks, pause)
    reconcile = Reconcile(
        store,
        wompi,
        whmcs,
        posting,
        clock=ledger_clock,
        rate_limiter=rate_limiter,
        parallel=settings.whmcs_parallel,
    )
    settlements = Settlements(
        SettlementQueries(database, ledger_clock),
        wompi,
        secrets=settings.bridge_secret,
        fees=settings.bridge_fees,
        clock=ledger_clock,
        pulls_daily=settings.bridge_settlements_pull,
        before_page=rate_limiter.wait,
        pause=pause,
    )
    retention = Retention(database, ledger_clock, keep_events=timedelta(days=settings.bridge_keep_events_days))
    official = OfficialRate(store, transport, settings.bridge_trm_url, ticks)
    rates = Rates(settings.bridge_currencies, whmcs, official, clock=clock)
    checkout_settings = CheckoutSettings(
        keys=keys,
        secret=settings.bridge_secret[0],
        checkout_url=settings.wompi_checkout_url,
        checkout_ttl=timedelta(seconds=settings.bridge_checkout_ttl),
        return_url=settings.bridge_url + "return/",
        terms_url=settings.terms_url,
    )
    statistics, alarms = LedgerStatistics(database, ledger_clock), AlarmTable(database, ledger_clock)
    signatures = RefusedSignatureTable(database, ledger_clock)
    visitor_limits = VisitorLimits(ticks)
    notifier = Notifier(whmcs, settings.bridge_alarms, settings.bridge_url)
    return Bridge(
        settings=settings,
        keys=keys,
        clock=clock,
        database=database,
        transport=transport,
        store=store,
        revocations=RevocationTable(database, clock),
        call_nonces=CallNonceTable(database, clock),
        payer_notes=PayerNoteTable(database, ledger_clock),
        wompi=wompi,
        whmcs=whmcs,
        posting=posting,
        orders=Orders(store, wompi, whmcs, posting, booking_settings),
        reconcile=reconcile,
        retention=retention,
        checkouts=Checkouts(
            store,
            Quotes(
                whmcs,
                settings.whmcs_gateway,
                rates,
                parallel=settings.whmcs_parallel,
                only_clients=settings.only_clients,
                minimum=settings.bridge_partial_minimum,
            ),
            reconcile,
            checkout_settings,
            visitor_limits.breaker,
            clock=clock,
        ),
        worker=Worker(
            store,
            posting,
            reconcile,
            retention,
            times,
            clock=ledger_clock,
            patience=settings.lease + _SILENCE,
            parallel=settings.whmcs_parallel,
            keep_up=settlements.keep_up,
        ),
        counters=counters,
        statistics=statistics,
        reports=Reports(database),
        alarms=alarms,
        monitor=Monitor(
            store,
            alarms,
            signatures,
            statistics,
            counters,
            notifier,
            transport,
            times,
            heartbeat_url=settings.bridge_heartbeat_url,
            timezone=settings.whmcs_timezone,
            # An unclear booking is left alone for so long on purpose.
            patience=max(LONGEST_WAIT, timedelta(seconds=settings.bridge_recheck_after) + _BOOKING_TIME),
            clock=ledger_clock,
        ),
        voids=Voids(
            VoidTable(database, ledger_clock, timer),
            quick_wompi,
            quick_whmcs,
            call_timeout=min(settings.wompi_timeout, LONGEST_CALL),
            clock=clock,
            stopwatch=ticks,
            pause=pause,
        ),
        settlements=settlements,
        rates=rates,
        visitor_limits=visitor_limits,
        wompi_for_visitors=visitors_wompi,
    )


def _clients(
    settings: Settings,
    keys: Keys,
    transport: Transport,
    counters: ProcessCounters,
    *,
    longest: float = math.inf,
    counts_only: bool = False,
) -> tuple[WompiClient, WhmcsClient]:
    """Both clients; their calls take no longer than the settings say, nor than ``longest`` seconds."""
    wompi = WompiClient(
        keys,
        api_url=settings.wompi_api_url,
        timeout=min(settings.wompi_timeout, longest),
        transport=transport,
        observe=counters.observer("wompi", counts_only=counts_only),
    )
    whmcs = WhmcsClient(
        settings.api_url,
        identifier=settings.whmcs_api_identifier,
        secret=settings.whmcs_api_secret,
        access_key=settings.whmcs_api_access_key,
        timeout=min(settings.whmcs_timeout, longest),
        post_timeout=min(settings.whmcs_post_timeout, longest),
        transport=transport,
        observe=counters.observer("whmcs", counts_only=counts_only),
    )
    return wompi, whmcs


def make_ledger_clock(database: Database, ticks: Stopwatch) -> Clock:
    """Make the clock that all processes on one database share. Raises ``DatabaseUnavailable``."""
    return utc_now if database.is_sqlite else LedgerClock(database.server_time, ticks)
