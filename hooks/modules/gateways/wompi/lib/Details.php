<?php

namespace WHMCS\Module\Gateway\Wompi;

use RuntimeException;
use WHMCS\Billing\Payment\Transaction\Information;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * What the bridge knows of one transaction, for the window that WHMCS opens on a transaction's id (8.2 and newer).
 *
 * @see https://developers.whmcs.com/payment-gateways/transaction-information
 */
final class Details
{
    /** How long the window waits for the bridge, in milliseconds. */
    public const MILLISECONDS = 3000;

    /** @param int $now Unix seconds */
    public static function of(
        array $params,
        string $language,
        int $now,
        int $milliseconds = self::MILLISECONDS
    ): Information {
        $transid = Whmcs::text($params, 'transactionId');
        $information = (new Information())->setTransactionId($transid);
        $bridge = Bridge::fromSettings($params);
        try {
            if ($bridge === null) {
                throw new RuntimeException('not configured');
            }
            $question = ['transid' => $transid, 'language' => $language];
            $answer = $bridge->ask('/transaction', $question, $milliseconds, $now);
        } catch (RuntimeException $fault) {
            return self::described($information, $language === 'en' ? 'The bridge does not answer.' : 'El puente no contesta.');
        }
        if (($answer['transid'] ?? null) !== $transid || ($answer['known'] ?? false) !== true) {
            $unknown = $language === 'en' ? 'The bridge does not know it.' : 'El puente no la conoce.';

            return self::described($information, $unknown);
        }
        if (is_int($answer['amount_in_cents'] ?? null)) {
            $information->setAmount($answer['amount_in_cents'] / 100);
        }

        return self::described($information, self::words($answer));
    }

    private static function words(array $answer): string
    {
        $lines = [];
        foreach (['label', 'method', 'status', 'reference', 'reason'] as $name) {
            if (is_string($answer[$name] ?? null) && $answer[$name] !== '') {
                $lines[] = $answer[$name];
            }
        }
        foreach (is_array($answer['steps'] ?? null) ? $answer['steps'] : [] as $step) {
            if (is_string($step)) {
                $lines[] = $step;
            }
        }

        return implode(' · ', $lines);
    }

    private static function described(Information $information, string $words): Information
    {
        // Not every version has every setter; what the reference asks for at the least is set above.
        if (method_exists($information, 'setDescription')) {
            $information->setDescription(htmlspecialchars($words, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8'));
        }

        return $information;
    }
}
