<?php

namespace WHMCS\Module\Gateway\Wompi;

use RuntimeException;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * What the bridge knows of the payments of an invoice: its answer to `POST /status`.
 *
 * A page waits for it, so it never takes longer than a second, and whatever goes wrong gives null: the page is then as
 * if we were not there. About the cancellation of invoices the bridge is asked for many at once.
 */
final class Status
{
    /** How long a page of WHMCS waits, in milliseconds; well within the second that it may cost. */
    public const MILLISECONDS = 800;

    /** So many invoices fit into one question. */
    public const MOST = 500;

    /** How long the cron job waits for an answer about many, in milliseconds: nobody is looking at a page. */
    private const MILLISECONDS_OF_MANY = 2000;

    /** A process that renders many invoices stops asking after so many silences in a row. */
    private const SILENCES = 3;

    /** A sentence for a payer is never longer, in bytes. */
    public const LONGEST_SENTENCE = 600;

    /** @var array<string, ?self> by invoice and language: WHMCS may ask us more than once for one page */
    private static array $known = [];

    private static int $silences = 0;

    /** A payment may still become money, or has and is not booked yet: a second one may pay twice. */
    public bool $isUnderWay;

    /** WHMCS should not cancel the invoice by itself now; the bridge says so for seven days at most. */
    public bool $holdsCancellation;

    /** What became of the newest attempt, in words for the payer, as plain text in UTF-8; '' when there was none. */
    public string $lastAttempt;

    /** Less than the balance may be paid, on the bridge's page. */
    public bool $takesParts;

    /** @var list<string> codes of the currencies besides the peso in which the bridge takes payments */
    private array $currencies;

    /** @var ?array<int> the only clients who may pay, while the bridge has test keys; null: all of them */
    private ?array $onlyClients;

    private function __construct(
        bool $isUnderWay,
        bool $holdsCancellation,
        string $lastAttempt,
        ?array $onlyClients,
        array $currencies,
        bool $takesParts
    ) {
        $this->takesParts = $takesParts;
        $this->currencies = $currencies;
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

    /**
     * Whether the bridge holds the cancellation of each of these invoices, in one question.
     *
     * @param list<int> $invoices at most MOST of them
     * @param int       $now      Unix seconds
     *
     * @return array<int, bool> by invoice; without those of which there is no clear answer
     */
    public static function holdsOf(Bridge $bridge, array $invoices, int $now): array
    {
        try {
            $answer = $bridge->ask('/status', self::question($invoices), self::MILLISECONDS_OF_MANY, $now);
        } catch (RuntimeException $fault) {
            self::tellOf($fault);

            return [];
        }
        $told = $answer['invoices'] ?? [$answer];
        $holds = [];
        foreach (is_array($told) ? $told : [] as $one) {
            $invoice = is_array($one) ? $one['invoice_id'] ?? null : null;
            $status = is_int($invoice) && in_array($invoice, $invoices, true) ? self::read($one, $invoice) : null;
            if ($status !== null) {
                $holds[$invoice] = $status->holdsCancellation;
            }
        }

        return $holds;
    }

    /** @param list<int> $invoices */
    private static function question(array $invoices): array
    {
        return ['language' => 'es']
            + (count($invoices) === 1 ? ['invoice_id' => $invoices[0]] : ['invoice_ids' => $invoices]);
    }

    /** A bridge that is away is told by its own monitors. That the two do not understand one another is not. */
    private static function tellOf(RuntimeException $fault): void
    {
        if ($fault->getCode() === 401) {
            Whmcs::tellHourly(
                'El puente rechaza la firma de WHMCS: compare el secreto con BRIDGE_SECRET, y los dos relojes.'
                . ' / The bridge refuses the signature of WHMCS: compare the secret with BRIDGE_SECRET, and the'
                . ' two clocks.'
            );
        }
    }

    /** Whether a client may pay here now: with test keys a customer must not settle an invoice with a test card. */
    public function takesPaymentsOf(int $client): bool
    {
        return $this->onlyClients === null || in_array($client, $this->onlyClients, true);
    }

    /** Whether an invoice in this currency, which is not the peso, can be paid here in pesos. */
    public function takesCurrency(string $code): bool
    {
        return in_array($code, $this->currencies, true);
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
            self::tellOf($fault);

            return null;
        }
    }

    /** Null for an answer of another shape or about another invoice. */
    private static function read(array $answer, int $invoice): ?self
    {
        $isUnderWay = $answer['under_way'] ?? null;
        $holds = $answer['hold_cancellation'] ?? null;
        $attempts = $answer['attempts'] ?? null; // told of one invoice only
        if (($answer['invoice_id'] ?? null) !== $invoice || !is_bool($isUnderWay) || !is_bool($holds)) {
            return null;
        }
        $newest = is_array($attempts) ? reset($attempts) : null;
        $sentence = is_array($newest) ? $newest['sentence'] ?? null : null;
        $isSentence = is_string($sentence) && strlen($sentence) <= self::LONGEST_SENTENCE;

        $only = $answer['only_clients'] ?? null;
        $currencies = $answer['currencies'] ?? null;

        return new self(
            $isUnderWay,
            $holds,
            $isSentence ? trim($sentence) : '',
            is_array($only) ? $only : null,
            is_array($currencies) ? $currencies : [],
            ($answer['parts'] ?? null) === true
        );
    }
}
