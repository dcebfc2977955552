<?php

namespace WHMCS\Module\Gateway\Wompi;

use WHMCS\Billing\Invoice;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * Which invoices can be paid here now, as WHMCS's own models tell them: unpaid, of our gateway, and in pesos and enough
 * of them, or in another currency that the bridge takes. The bridge reads the invoice once more before anybody pays.
 *
 * @see https://developers.whmcs.com/classes/whmcs/billing/invoice/
 */
final class Payable
{
    /** The client whose invoice this is, if it can be paid here now; 0 if it cannot. */
    public static function clientOf(int $invoiceId, Bridge $bridge, int $now): int
    {
        $invoice = class_exists(Invoice::class) ? Invoice::find($invoiceId) : null;
        if ($invoice === null || !self::isOpen($invoice)) {
            return 0;
        }
        $client = Link::id($invoice->userid ?? $invoice->clientId ?? null);

        return self::sum([$invoice], $client, $bridge, $now)[0] === 1 ? $client : 0;
    }

    /**
     * WHMCS bills a client in one currency, so there is one sum.
     *
     * @return array{0: int, 1: string} how many of a client's invoices can be paid here now, and their sum in HTML
     */
    public static function dueOf(int $clientId, Bridge $bridge, int $now): array
    {
        $open = [];
        if (class_exists(Invoice::class)) {
            foreach (Invoice::where('userid', $clientId)->where('status', 'Unpaid')->get() as $invoice) {
                if (self::isOpen($invoice) && !self::isMassPayment($invoice)) {
                    $open[] = $invoice;
                }
            }
        }

        return self::sum($open, $clientId, $bridge, $now);
    }

    /**
     * @param list<object> $invoices open ones of this client
     *
     * @return array{0: int, 1: string}
     */
    private static function sum(array $invoices, int $client, Bridge $bridge, int $now): array
    {
        $currency = $invoices === [] ? '' : self::currencyOf($client);
        $costs = [];
        foreach ($currency === '' ? [] : $invoices as $invoice) {
            $cost = $currency === Pesos::CURRENCY ? self::pesos($invoice) * 100 : Amount::cents($invoice->balance);
            if ($cost > 0) {
                $costs[] = $cost;
            }
        }
        $isTaken = $costs !== []
            && ($currency === Pesos::CURRENCY || self::takes($currency, $invoices[0], $client, $bridge, $now));

        return $isTaken ? [count($costs), Amount::html((int) array_sum($costs), $currency)] : [0, ''];
    }

    private static function isOpen(object $invoice): bool
    {
        return $invoice->status === 'Unpaid' && ($invoice->paymentmethod ?? $invoice->paymentGateway ?? '') === 'wompi';
    }

    /** What is left to pay; 0 where Wompi takes no so small a sum. */
    private static function pesos(object $invoice): int
    {
        $pesos = Pesos::up($invoice->balance);

        return $pesos >= Pesos::MINIMUM ? $pesos : 0;
    }

    /** Whether the bridge says now that it takes another currency than the peso; its silence is a no. */
    private static function takes(string $currency, object $invoice, int $client, Bridge $bridge, int $now): bool
    {
        $status = Status::of($bridge, Link::id($invoice->id ?? null), 'es', $now);

        return $status !== null && $status->takesCurrency($currency) && $status->takesPaymentsOf($client);
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

    /**
     * The code of the currency that a client is billed in; '' where WHMCS does not say.
     *
     * @see https://developers.whmcs.com/advanced/currency-formatting/
     */
    private static function currencyOf(int $clientId): string
    {
        $currency = function_exists('getCurrency') ? getCurrency($clientId) : null;
        $code = is_array($currency) ? $currency['code'] ?? '' : '';

        return is_string($code) && ($code === Pesos::CURRENCY || Amount::isForeign($code)) ? $code : '';
    }
}
