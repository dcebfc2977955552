<?php

namespace WHMCS\Module\Gateway\Wompi;

use WHMCS\Billing\Invoice;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * Which invoices can be paid here now, as WHMCS's own models tell them: unpaid, of our gateway, in pesos, and enough of
 * them. The bridge reads the invoice once more before anybody pays.
 *
 * @see https://developers.whmcs.com/classes/whmcs/billing/invoice/
 */
final class Payable
{
    /** The client whose invoice this is, if it can be paid here now; 0 if it cannot. */
    public static function clientOf(int $invoiceId): int
    {
        $invoice = class_exists(Invoice::class) ? Invoice::find($invoiceId) : null;
        if ($invoice === null || self::pesos($invoice) === 0) {
            return 0;
        }
        $client = Link::id($invoice->userid ?? $invoice->clientId ?? null);

        return self::isInPesos($client) ? $client : 0;
    }

    /** @return array{0: int, 1: int} how many of a client's invoices can be paid here now, and their sum in pesos */
    public static function dueOf(int $clientId): array
    {
        $count = $sum = 0;
        if (class_exists(Invoice::class) && self::isInPesos($clientId)) {
            foreach (Invoice::where('userid', $clientId)->where('status', 'Unpaid')->get() as $invoice) {
                $pesos = self::isMassPayment($invoice) ? 0 : self::pesos($invoice);
                $count += $pesos > 0 ? 1 : 0;
                $sum += $pesos;
            }
        }

        return [$count, $sum];
    }

    /** What is left to pay; 0 where it cannot be paid here. */
    private static function pesos(object $invoice): int
    {
        if ($invoice->status !== 'Unpaid' || ($invoice->paymentmethod ?? $invoice->paymentGateway ?? '') !== 'wompi') {
            return 0;
        }
        $pesos = Pesos::up($invoice->balance);

        return $pesos >= Pesos::MINIMUM ? $pesos : 0;
    }

    /** Such an invoice sums up others, which stand in the list themselves; WHMCS does not count it as due either. */
    private static function isMassPayment(object $invoice): bool
    {
        foreach ($invoice->items ?? [] as $item) {
            if (($item->type ?? '') === 'Invoice') {
                return true;
            }
        }

        return false;
    }

    /** @see https://developers.whmcs.com/advanced/currency-formatting/ */
    private static function isInPesos(int $clientId): bool
    {
        $currency = function_exists('getCurrency') ? getCurrency($clientId) : null;

        return is_array($currency) && ($currency['code'] ?? '') === Pesos::CURRENCY;
    }
}
