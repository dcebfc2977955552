<?php

namespace WHMCS\Module\Gateway\Wompi;

use Throwable;
use WHMCS\Billing\Invoice;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/** WHMCS cancels old unpaid invoices by itself; not while a payment of theirs may still become money. */
final class Cancellation
{
    /** What the bridge said is believed for so long, in seconds: the cron job cancels one invoice after the other. */
    private const FRESH = 60;

    /** An invoice is held for so long at most while the bridge does not answer, in seconds; as the bridge itself does. */
    private const LONGEST = 7 * 86400;

    /** @var array<int, bool> by invoice: whether the bridge holds it */
    private static array $told = [];

    /** When the bridge was asked last, in Unix seconds. */
    private static int $askedAt = 0;

    /** It did not answer then. */
    private static bool $isSilent = false;

    /**
     * The bridge decides, and holds an invoice for seven days at most. It is asked about every invoice, of whatever
     * gateway: a payer may have chosen another one after paying here. Where it gives no clear answer a payment may be
     * under way, so the invoice waits as well, for as long at most; WHMCS comes back to it with its next cron job.
     *
     * @see https://developers.whmcs.com/hooks-reference/invoices-and-quotes/#preinvoiceautomaticcancellation
     *
     * @param mixed $vars `invoiceid`
     *
     * @return array<string, bool>|null
     */
    public static function hold($vars, int $now): ?array
    {
        $bridge = Bridge::fromSettings(Whmcs::gatewaySettings('wompi'));
        if ($bridge === null || !is_array($vars)) {
            return null;
        }
        $invoice = Link::id($vars['invoiceid'] ?? null);
        $holds = self::told($bridge, $invoice, $now);
        if ($holds === null) {
            return self::holdInSilence($invoice, $now);
        }
        Since::end("silence about $invoice");
        if (!$holds) {
            return null;
        }
        Whmcs::tell(
            "el aviso de cobro $invoice no se cancela todavía: tiene un pago en curso."
            . " / invoice $invoice is not cancelled yet: a payment of it is under way."
        );

        return ['abortCancel' => true];
    }

    /** @return array<string, bool>|null */
    private static function holdInSilence(int $invoice, int $now): ?array
    {
        $seconds = Since::seconds("silence about $invoice", $now);
        if ($seconds === null) {
            Since::begin("silence about $invoice", $now);
        }
        if ($seconds !== null && $seconds >= self::LONGEST) {
            return null;
        }
        Whmcs::tellHourly(
            'el puente no responde, y los avisos de cobro vencidos pueden tener un pago en curso: no se cancelan todavía,'
            . ' por siete días a lo sumo. Ejecute wompi-bridge doctor.'
            . ' / the bridge does not answer, and overdue invoices may have a payment under way: they are not cancelled'
            . ' yet, for seven days at most. Run wompi-bridge doctor.'
        );

        return ['abortCancel' => true];
    }

    /** Whether the bridge holds this invoice; null where it gave no clear answer. */
    private static function told(Bridge $bridge, int $invoice, int $now): ?bool
    {
        $isOld = abs($now - self::$askedAt) >= self::FRESH;
        if ($isOld || (!self::$isSilent && !isset(self::$told[$invoice]))) {
            self::$told = Status::holdsOf($bridge, self::overdue($invoice), $now);
            self::$isSilent = !isset(self::$told[$invoice]);
            self::$askedAt = $now;
        }

        return self::$told[$invoice] ?? null;
    }

    /** @return list<int> this invoice, and those that WHMCS will probably come to next */
    private static function overdue(int $invoice): array
    {
        $invoices = [$invoice];
        try {
            $next = Invoice::where('status', 'Unpaid')->orderBy('duedate')->limit(Status::MOST)->pluck('id');
            foreach ($next as $id) {
                $invoices[] = Link::id($id);
            }
        } catch (Throwable $fault) {
            // This one alone, then: the others are asked about when WHMCS comes to them.
        }

        return array_slice(array_values(array_unique($invoices)), 0, Status::MOST);
    }
}
