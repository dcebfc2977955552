<?php

namespace WHMCS\Module\Gateway\Wompi;

use RuntimeException;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * WHMCS's Refund button: the bridge is asked to void the payment at Wompi, and its answer is told to WHMCS.
 *
 * WHMCS records money out for each `success`, so that word is said only when the bridge said it about this very
 * transaction. Whatever else happens is `declined` or `error`, in words that tell what to do. Pressing again is always
 * safe: the bridge asks Wompi once for each payment, and no more.
 *
 * @see https://developers.whmcs.com/payment-gateways/refunds/
 */
final class Refund
{
    /** How long WHMCS waits, in milliseconds: longer than the bridge may take, which is BUDGET in voids.py. */
    private const MILLISECONDS = 30000;

    /** The refund's own id in WHMCS; the same as refund_id() in whmcs.py, so that it is never recorded twice. */
    public const SUFFIX = '-VOIDED';

    /** The bridge's sentence is never longer, in bytes. */
    private const LONGEST_SENTENCE = 2000;

    private const WORDS = [
        'es' => [
            'settings' => 'No se pidió nada: faltan la dirección o el secreto del puente en la configuración de la'
                . ' pasarela Wompi.',
            'currency' => 'No se pidió nada: WHMCS no la pide en la moneda del aviso de cobro («Convert To For'
                . ' Processing» debe quedar vacío). Haga la devolución en comercios.wompi.co y apúntela aquí con'
                . ' «Manual Refund Processed Externally».',
            'question' => 'No se pidió nada: el puente no reconoce esta transacción o su valor. Si el pago no se hizo'
                . ' con Wompi, devuélvalo por donde llegó y apúntelo aquí con «Manual Refund Processed Externally».',
            'refused' => 'No se pidió nada: el puente rechaza la firma de WHMCS. Compare el secreto con BRIDGE_SECRET,'
                . ' y los dos relojes.',
            'absent' => 'No se pidió nada: en la dirección del puente no está el puente, o es de una versión anterior.'
                . ' Revise la dirección y actualícelo.',
            'unable' => 'No se pidió nada: el PHP de WHMCS no puede llamar al puente. Pida a quien administra el servidor'
                . ' que PHP tenga curl, y que disable_functions no nombre curl_exec.',
            'unknown' => 'El puente no dio una respuesta clara: no se sabe si la anulación se pidió. En un minuto oprima'
                . ' Refund otra vez: a Wompi nunca se le pide dos veces. Si sigue igual, ejecute wompi-bridge doctor, y'
                . ' mire la transacción en comercios.wompi.co.',
        ],
        'en' => [
            'settings' => 'Nothing was asked for: the address or the secret of the bridge is missing in the settings of'
                . ' the gateway Wompi.',
            'currency' => 'Nothing was asked for: WHMCS does not ask in the currency of the invoice (“Convert To For'
                . ' Processing” must stay empty). Make the refund at comercios.wompi.co and record it here with “Manual'
                . ' Refund Processed Externally”.',
            'question' => 'Nothing was asked for: the bridge does not recognise this transaction or its amount. If it'
                . ' was not paid by Wompi, return it the way it came and record it here with “Manual Refund Processed'
                . ' Externally”.',
            'refused' => 'Nothing was asked for: the bridge refuses the signature of WHMCS. Compare the secret with'
                . ' BRIDGE_SECRET, and the two clocks.',
            'absent' => 'Nothing was asked for: at the address of the bridge there is no bridge, or an older one. Check'
                . ' the address, and update it.',
            'unable' => 'Nothing was asked for: the PHP of WHMCS cannot call the bridge. Ask who runs the server that PHP'
                . ' has curl, and that disable_functions does not name curl_exec.',
            'unknown' => 'The bridge gave no clear answer: whether the void was asked for is not known. Press Refund'
                . ' again in a minute: Wompi is never asked twice. If it stays so, run wompi-bridge doctor, and look at'
                . ' the transaction at comercios.wompi.co.',
        ],
    ];

    /**
     * @param array<string, mixed> $params WHMCS's: `transid`, `amount`, `currency`, `basecurrency` where WHMCS converted
     *                                     them, and the gateway's settings
     * @param int                  $now    Unix seconds
     *
     * @return array<string, string> `status`, `rawdata`; with success `transid`, and `fees` where the bridge tells them
     */
    public static function of(array $params, int $now): array
    {
        $language = Whmcs::adminLanguage();
        $words = self::WORDS[$language];
        $bridge = Bridge::fromSettings($params);
        if ($bridge === null) {
            return self::answer('error', $words['settings']);
        }
        $currency = Whmcs::text($params, 'currency');
        $isPesos = $currency === Pesos::CURRENCY;
        $isOfInvoice = in_array(Whmcs::text($params, 'basecurrency'), ['', $currency], true);
        if (!$isOfInvoice || !($isPesos || Amount::isForeign($currency))) {
            return self::answer('declined', $words['currency']);
        }

        $transaction = Whmcs::text($params, 'transid');
        $question = ['transid' => $transaction, 'amount' => self::amount($params), 'language' => $language]
            + ($isPesos ? [] : ['currency' => $currency]);
        try {
            $told = $bridge->ask('/voids', $question, self::MILLISECONDS, $now);
        } catch (RuntimeException $fault) {
            return self::answer('error', $words[self::kind($fault->getCode())]);
        }

        return self::read($told, $transaction) ?? self::answer('error', $words['unknown']);
    }

    /** Null for an answer of another shape, or about another transaction. */
    private static function read(array $told, string $transaction): ?array
    {
        $status = $told['status'] ?? null;
        $sentence = Whmcs::plain($told['rawdata'] ?? null, self::LONGEST_SENTENCE);
        $isKnown = in_array($status, ['success', 'declined', 'error'], true);
        if (($told['transid'] ?? null) !== $transaction || !$isKnown || $sentence === '') {
            return null;
        }
        if ($status !== 'success') {
            return self::answer($status, $sentence);
        }
        $answer = self::answer('success', $sentence) + ['transid' => $transaction . self::SUFFIX];
        $fees = $told['fees'] ?? null;
        $isAmount = is_string($fees) && preg_match('/\A[0-9]{1,12}\.[0-9]{2}\z/', $fees) === 1;

        return $isAmount ? $answer + ['fees' => $fees] : $answer;
    }

    /** What the bridge's HTTP status says of the void: only these are surely from before anything was asked of Wompi. */
    private static function kind(int $status): string
    {
        $kinds = [400 => 'question', 401 => 'refused', 301 => 'absent', 302 => 'absent', 307 => 'absent', 308 => 'absent'];

        return ($kinds + [404 => 'absent', 405 => 'absent', Call::UNABLE => 'unable'])[$status] ?? 'unknown';
    }

    /** Decimal text, as the bridge takes it; what is no amount passes, and is refused there. */
    private static function amount(array $params): string
    {
        $amount = $params['amount'] ?? '';

        return is_float($amount) ? sprintf('%.2F', $amount) : Whmcs::text($params, 'amount');
    }

    private static function answer(string $status, string $sentence): array
    {
        return ['status' => $status, 'rawdata' => $sentence];
    }
}
