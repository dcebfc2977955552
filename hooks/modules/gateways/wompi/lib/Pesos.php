<?php

namespace WHMCS\Module\Gateway\Wompi;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/** Colombian pesos, whole ones: what Wompi takes. */
final class Pesos
{
    public const CURRENCY = 'COP';

    /** Wompi refuses a payment below this; the bridge's own measure is MINIMUM_IN_CENTS in money.py. */
    public const MINIMUM = 1500;

    /**
     * WHMCS's amount in whole pesos, rounded up as the bridge does; 0 for what is not an amount.
     *
     * @param mixed $amount decimal text, or a number where a model of WHMCS hands one out
     */
    public static function up($amount): int
    {
        return intdiv(Amount::cents($amount) + 99, 100);
    }
}
