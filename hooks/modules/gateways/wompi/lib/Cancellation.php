<?php

namespace WHMCS\Module\Gateway\Wompi;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/** WHMCS cancels old unpaid invoices by itself; not while a payment of theirs may still become money. */
final class Cancellation
{
    /**
     * The bridge decides, and holds an invoice for seven days at most. It is asked about every invoice, of whatever
     * gateway: a payer may have chosen another one after paying here. Where it does not answer within a second, WHMCS
     * goes on as if we were not there.
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
        $status = Status::of($bridge, $invoice, 'es', $now);
        if ($status === null || !$status->holdsCancellation) {
            return null;
        }
        Whmcs::tell(
            "el aviso de cobro $invoice no se cancela todavía: tiene un pago en curso."
            . " / invoice $invoice is not cancelled yet: a payment of it is under way."
        );

        return ['abortCancel' => true];
    }
}
