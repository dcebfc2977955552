<?php

namespace WHMCS\Module\Gateway\Wompi;

use RuntimeException;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * WHMCS's refund button: asks the bridge to give a whole card payment of today back.
 *
 * WHMCS records money out for each "success" that it hears of, so that word is passed on only when the bridge says it of
 * this very transaction. Whatever else happens is an error in words, which WHMCS shows and keeps in its gateway log.
 *
 * @see https://developers.whmcs.com/payment-gateways/refunds
 */
final class Refund
{
    /** Longer than the bridge takes at the most (BUDGET in whmcs_bridge/voids.py), in milliseconds. */
    public const MILLISECONDS = 32000;

    /**
     * @param array $params what WHMCS hands to `wompi_refund`
     * @param int   $now    Unix seconds
     *
     * @return array<string, string> `status`, `rawdata`, `transid` and, on success, perhaps `fees`
     */
    public static function of(array $params, int $now, int $milliseconds = self::MILLISECONDS): array
    {
        $transid = Whmcs::text($params, 'transid');
        $bridge = Bridge::fromSettings($params);
        if ($bridge === null) {
            return self::error(
                $transid,
                'No se pidió nada: faltan la dirección o el secreto del puente en la pasarela Wompi.'
                . ' / Nothing was asked: the gateway lacks the bridge address or its secret.'
            );
        }
        try {
            $question = ['transid' => $transid, 'amount' => Whmcs::text($params, 'amount')];
            $answer = $bridge->ask('/voids', $question, $milliseconds, $now);
        } catch (RuntimeException $fault) {
            return self::error($transid, self::why($fault));
        }

        return self::read($answer, $transid);
    }

    /** @return array<string, string> */
    private static function read(array $answer, string $transid): array
    {
        $status = $answer['status'] ?? '';
        $told = $answer['rawdata'] ?? '';
        if (
            ($answer['transid'] ?? null) !== $transid
            || !in_array($status, ['success', 'declined', 'error'], true)
            || !is_string($told)
        ) {
            return self::error($transid, self::odd());
        }
        $result = ['status' => $status, 'rawdata' => $told, 'transid' => $transid];
        $fees = $answer['fees'] ?? null;
        if ($status === 'success' && is_string($fees) && preg_match('/\A[0-9]{1,12}\.[0-9]{2}\z/', $fees) === 1) {
            $result['fees'] = $fees;
        }

        return $result;
    }

    private static function why(RuntimeException $fault): string
    {
        switch ($fault->getCode()) {
            case 401:
                return 'No se pidió nada: el puente rechaza la firma de WHMCS. Compare el secreto de la pasarela con'
                    . ' BRIDGE_SECRET, y los dos relojes. / Nothing was asked: the bridge refuses the signature of'
                    . ' WHMCS. Compare the secret of the gateway with BRIDGE_SECRET, and the two clocks.';
            case 400:
                return 'No se pidió nada: el puente no entiende esta transacción o este valor.'
                    . ' / Nothing was asked: the bridge does not understand this transaction or this amount.';
            default:
                return self::odd();
        }
    }

    private static function odd(): string
    {
        return 'No se sabe si el dinero se devolvió: el puente no contestó como debe. Mire la transacción en'
            . ' comercios.wompi.co. Puede oprimir otra vez: el puente no pide dos veces la misma anulación.'
            . ' / Nobody knows whether the money was returned: the bridge did not answer as it should. Look at the'
            . ' transaction at comercios.wompi.co. You may press again: the bridge never asks for a void twice.';
    }

    /** @return array<string, string> */
    private static function error(string $transid, string $words): array
    {
        return ['status' => 'error', 'rawdata' => $words, 'transid' => $transid];
    }
}
