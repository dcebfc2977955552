<?php

namespace WHMCS\Module\Gateway\Wompi;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/** An amount of WHMCS's in any currency: WHMCS's prices have two decimals in each of them. */
final class Amount
{
    private const CODE = '/\A[A-Z]{3}\z/';

    /**
     * In hundredths, rounded up; 0 for what is not an amount.
     *
     * @param mixed $amount decimal text, or a number where a model of WHMCS hands one out
     */
    public static function cents($amount): int
    {
        $text = is_float($amount) ? sprintf('%.2F', $amount) : (is_int($amount) || is_string($amount) ? "$amount" : '');
        if (preg_match('/\A([0-9]{1,15})(?:\.([0-9]{1,6}))?\z/', trim($text), $parts) !== 1) {
            return 0;
        }

        return (int) $parts[1] * 100 + intdiv((int) str_pad($parts[2] ?? '', 6, '0') + 9999, 10000);
    }

    /** Whether this is the code of a currency other than the peso. */
    public static function isForeign(string $code): bool
    {
        return $code !== Pesos::CURRENCY && preg_match(self::CODE, $code) === 1;
    }

    /** Plain text, as the bridge writes it: `USD 14.50`; pesos as `$ 59.500 COP`. */
    public static function text(int $cents, string $code): string
    {
        return $code === Pesos::CURRENCY
            ? '$ ' . number_format(intdiv($cents + 99, 100), 0, ',', '.') . " $code"
            : sprintf('%s %d.%02d', $code, intdiv($cents, 100), $cents % 100);
    }

    /** The same in HTML, in one piece. */
    public static function html(int $cents, string $code): string
    {
        return str_replace(' ', '&nbsp;', self::text($cents, $code));
    }
}
