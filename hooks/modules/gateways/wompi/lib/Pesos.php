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
        $text = is_float($amount) ? sprintf('%.2F', $amount) : (is_int($amount) || is_string($amount) ? "$amount" : '');
        if (preg_match('/\A([0-9]{1,15})(?:\.([0-9]{1,6}))?\z/', trim($text), $parts) !== 1) {
            return 0;
        }

        return (int) $parts[1] + ((int) ($parts[2] ?? 0) > 0 ? 1 : 0);
    }

    /** As Colombians write it, in HTML: `$ 59.500 COP`. */
    public static function html(int $pesos): string
    {
        return '$&nbsp;' . number_format($pesos, 0, ',', '.') . '&nbsp;' . self::CURRENCY;
    }
}
