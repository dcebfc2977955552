<?php

namespace WHMCS\Module\Gateway\Wompi;

use DateTimeZone;
use RuntimeException;
use Throwable;
use WHMCS\Billing\Currency;
use WHMCS\Billing\Payment\Transaction\Information;
use WHMCS\Carbon;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * What WHMCS's window about one transaction shows, since 8.2: the bridge's answer to `POST /transaction`.
 *
 * All of our own words stand in the description: a datum of another name would need a word in WHMCS's language files.
 *
 * @see https://developers.whmcs.com/payment-gateways/transaction-information/
 */
final class Details
{
    /** A sentence of the bridge is never longer, in bytes, and there are never more of them. */
    private const LONGEST = 600;
    private const MOST = 20;

    private const WORDS = [
        'es' => [
            'silent' => 'El puente no responde ahora. Intente de nuevo en un momento; si sigue así, ejecute wompi-bridge'
                . ' doctor.',
            'settings' => 'Faltan la dirección o el secreto del puente en la configuración de la pasarela.',
            'unknown' => 'El puente no conoce esta transacción.',
            'refund' => 'Devolución de',
            'both' => 'Pagado: %s; en WHMCS: %s',
        ],
        'en' => [
            'silent' => 'The bridge does not answer now. Try again in a moment; if it stays so, run wompi-bridge doctor.',
            'settings' => 'The address or the secret of the bridge is missing in the settings of the gateway.',
            'unknown' => 'The bridge does not know this transaction.',
            'refund' => 'Refund of',
            'both' => 'Paid: %s; in WHMCS: %s',
        ],
    ];

    /**
     * @param array<string, mixed> $params WHMCS's: `transactionId`, and the gateway's settings
     * @param int                  $now    Unix seconds
     *
     * @return Information|null null before WHMCS 8.2, which has no such class
     */
    public static function of(array $params, int $now): ?object
    {
        if (!class_exists(Information::class)) {
            return null;
        }
        $shown = Whmcs::text($params, 'transactionId');
        $information = new Information();
        $information->setTransactionId($shown);
        $language = Whmcs::adminLanguage();
        $words = self::WORDS[$language];
        $bridge = Bridge::fromSettings($params) ?? Bridge::fromSettings(Whmcs::gatewaySettings('wompi'));
        if ($bridge === null) {
            $information->setDescription($words['settings']);

            return $information;
        }

        $transaction = self::payment($shown);
        try {
            $question = ['transid' => $transaction, 'language' => $language];
            $told = $bridge->ask('/transaction', $question, Status::MILLISECONDS, $now);
        } catch (RuntimeException $fault) {
            $information->setDescription($words['silent']);

            return $information;
        }
        $known = ($told['transid'] ?? null) === $transaction ? $told['known'] ?? null : null;
        if ($known !== true) {
            $information->setDescription($words[$known === false ? 'unknown' : 'silent']);

            return $information;
        }
        $prefix = $transaction === $shown ? '' : "{$words['refund']} $transaction: ";
        self::fill($information, $told, $prefix, $words);

        return $information;
    }

    /** The payment's id; a refund of ours is named after it. */
    private static function payment(string $shown): string
    {
        $length = strlen(Refund::SUFFIX);

        return substr($shown, -$length) === Refund::SUFFIX ? substr($shown, 0, -$length) : $shown;
    }

    /** What is missing or of another kind is left out. */
    private static function fill(Information $information, array $told, string $prefix, array $words): void
    {
        $cents = $told['amount_in_cents'] ?? null;
        $currency = self::currency($told['currency'] ?? null);
        $both = is_int($cents) ? self::both($cents, $told, $words) : '';
        // An amount without a currency would be read as one in WHMCS's own.
        if (is_int($cents) && ($both === '' || $currency !== null)) {
            $information->setAmount($cents / 100, $currency);
        }
        $information->setType(Whmcs::plain($told['method'] ?? null, 60));
        $information->setStatus(Whmcs::plain($told['status'] ?? null, 60));
        self::setMoment($information, $told['finalized_at'] ?? null);

        $steps = is_array($told['steps'] ?? null) ? array_values($told['steps']) : [];
        $sentences = array_slice([$told['label'] ?? null, $both, $told['reason'] ?? null, ...$steps], 0, self::MOST);
        $plain = array_map(static fn ($text): string => Whmcs::plain($text, self::LONGEST), $sentences);
        $information->setDescription($prefix . implode(' · ', array_filter($plain, 'strlen')));
    }

    /** The pesos that were paid, and what WHMCS has of them, where the invoice is in another currency; '' where not. */
    private static function both(int $cents, array $told, array $words): string
    {
        $code = $told['booked_currency'] ?? null;
        $booked = $told['booked_in_cents'] ?? null;
        $isOther = is_string($code) && Amount::isForeign($code) && is_int($booked) && $booked >= 0;

        return $isOther ? sprintf($words['both'], Amount::text($cents, Pesos::CURRENCY), Amount::text($booked, $code)) : '';
    }

    /** @return Currency|null WHMCS's own; without it the amount stands alone */
    private static function currency($code): ?object
    {
        try {
            $isThere = is_string($code) && class_exists(Currency::class);

            return $isThere ? Currency::where('code', $code)->first() : null;
        } catch (Throwable $fault) {
            Whmcs::log($fault);

            return null;
        }
    }

    /** When Wompi decided, in the zone of this WHMCS. */
    private static function setMoment(Information $information, $at): void
    {
        if (is_string($at) && strtotime($at) !== false && class_exists(Carbon::class)) {
            $zone = new DateTimeZone(date_default_timezone_get());
            $information->setCreated(Carbon::parse($at)->setTimezone($zone));
        }
    }
}
