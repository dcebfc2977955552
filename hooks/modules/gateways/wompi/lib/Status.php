<?php

namespace WHMCS\Module\Gateway\Wompi;

use RuntimeException;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * What the bridge knows of the payments of one invoice: its answer to `POST /status`.
 *
 * WHMCS waits for it, so it never takes longer than a second, and whatever goes wrong gives null: WHMCS then goes on as
 * if we were not there.
 */
final class Status
{
    /** How long a page of WHMCS waits, in milliseconds; well within the second that it may cost. */
    public const MILLISECONDS = 800;

    /** The cron job asks about many invoices in one process: after so many silences in a row it stops asking. */
    private const SILENCES = 3;

    /** A sentence for a payer is never longer, in bytes. */
    private const LONGEST_SENTENCE = 600;

    /** @var array<string, ?self> by invoice and language: WHMCS may ask us more than once for one page */
    private static array $known = [];

    private static int $silences = 0;

    /** A payment may still become money, or has and is not booked yet: a second one may pay twice. */
    public bool $isUnderWay;

    /** WHMCS should not cancel the invoice by itself now; the bridge says so for seven days at most. */
    public bool $holdsCancellation;

    /** What became of the newest attempt, in words for the payer, as plain text in UTF-8; '' when there was none. */
    public string $lastAttempt;

    /** @var ?array<int> the only clients who may pay, while the bridge has test keys; null: all of them */
    private ?array $onlyClients;

    private function __construct(
        bool $isUnderWay,
        bool $holdsCancellation,
        string $lastAttempt,
        ?array $onlyClients
    ) {
        $this->onlyClients = $onlyClients;
        $this->isUnderWay = $isUnderWay;
        $this->holdsCancellation = $holdsCancellation;
        $this->lastAttempt = $lastAttempt;
    }

    /**
     * @param string $language 'es' or 'en'
     * @param int    $now      Unix seconds
     */
    public static function of(
        Bridge $bridge,
        int $invoice,
        string $language,
        int $now,
        int $milliseconds = self::MILLISECONDS
    ): ?self {
        $key = "$invoice.$language";
        if (!array_key_exists($key, self::$known)) {
            self::$known[$key] = self::$silences < self::SILENCES
                ? self::ask($bridge, $invoice, $language, $now, $milliseconds)
                : null;
        }

        return self::$known[$key];
    }

    /** Whether a client may pay here now: with test keys a customer must not settle an invoice with a test card. */
    public function takesPaymentsOf(int $client): bool
    {
        return $this->onlyClients === null || in_array($client, $this->onlyClients, true);
    }

    private static function ask(Bridge $bridge, int $invoice, string $language, int $now, int $milliseconds): ?self
    {
        try {
            $question = ['invoice_id' => $invoice, 'language' => $language];
            $status = self::read($bridge->ask('/status', $question, $milliseconds, $now), $invoice);
            self::$silences = 0;

            return $status;
        } catch (RuntimeException $fault) {
            ++self::$silences;
            // A bridge that is away is told by its own monitors. That the two do not understand one another is not.
            if ($fault->getCode() === 401) {
                Whmcs::tell(
                    'El puente rechaza la firma de WHMCS: compare el secreto con BRIDGE_SECRET, y los dos relojes.'
                    . ' / The bridge refuses the signature of WHMCS: compare the secret with BRIDGE_SECRET, and the'
                    . ' two clocks.'
                );
            }

            return null;
        }
    }

    /** Null for an answer of another shape or about another invoice. */
    private static function read(array $answer, int $invoice): ?self
    {
        $isUnderWay = $answer['under_way'] ?? null;
        $holds = $answer['hold_cancellation'] ?? null;
        $attempts = $answer['attempts'] ?? null;
        if (($answer['invoice_id'] ?? null) !== $invoice || !is_bool($isUnderWay) || !is_bool($holds)) {
            return null;
        }
        $newest = is_array($attempts) ? reset($attempts) : null;
        $sentence = is_array($newest) ? $newest['sentence'] ?? null : null;
        $isSentence = is_string($sentence) && strlen($sentence) <= self::LONGEST_SENTENCE;

        $only = $answer['only_clients'] ?? null;

        return new self($isUnderWay, $holds, $isSentence ? trim($sentence) : '', is_array($only) ? $only : null);
    }
}
