<?php

namespace WHMCS\Module\Gateway\Wompi;

use RuntimeException;
use Throwable;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * A signed call to the bridge, server to server: JSON there, JSON back.
 *
 * The bridge's own side is whmcs_bridge/signed/calls.py; tests/vectors/calls.json binds the two.
 */
final class Call
{
    /** Longer answers than this are none of the bridge's, in bytes. */
    private const LONGEST_ANSWER = 262144;

    /** The same of a page of the console, which may carry a sheet. */
    private const LONGEST_PAGE = 33554432;

    /** How far the two clocks may differ, in seconds; the same as in whmcs_bridge/signed/calls.py. */
    private const TOLERANCE = 300;

    /** The code of the exception where this PHP cannot call anybody. */
    public const UNABLE = -1;

    /** The code where the bridge had received this very call before: something in between has sent it twice. */
    public const REPEATED = -2;

    /** The code where somebody answered, and not the bridge to this call. */
    public const FORGED = -3;

    private const UNABLE_WORDS = 'the bridge cannot be asked from this PHP';

    /** What this needs of PHP. Hosts switch single functions off, curl_exec most of all. */
    private const FUNCTIONS = ['curl_init', 'curl_setopt_array', 'curl_exec', 'curl_getinfo', 'curl_errno'];

    /**
     * The value of the header `X-Bridge-Signature`: good for one address, and once where the call changes something.
     *
     * @param string $path  the bridge's own, such as `/voids`
     * @param string $nonce 16 to 64 letters and digits
     * @param int    $now   Unix seconds
     */
    public static function signature(string $secret, string $path, string $body, string $nonce, int $now): string
    {
        return "t=$now,n=$nonce,v2=" . hash_hmac('sha256', "$now.$nonce.$path.$body", $secret);
    }

    /**
     * Post to one of the bridge's paths and read its answer.
     *
     * Certificates are verified and redirects are not followed. A page of WHMCS may wait for this, so it never takes
     * longer than `$milliseconds`, name resolution included.
     *
     * @param string               $address  the bridge's, without a slash at its end
     * @param array<string, mixed> $question
     *
     * @throws RuntimeException when there is no answer of status 200 with a JSON object, in words without any secret;
     *                          its code is the status, 0 where nobody answered, UNABLE or REPEATED
     *
     * @return array<string, mixed>
     */
    public static function post(
        string $address,
        string $path,
        string $secret,
        array $question,
        int $milliseconds,
        int $now
    ): array {
        return self::ask($address, $path, $secret, $question, $milliseconds, $now, false);
    }

    /**
     * The same, of an answer that the bridge has signed over the nonce of this very call: what is printed, and not only
     * read, is nobody else's and of no earlier call.
     *
     * @param array<string, mixed> $question
     *
     * @throws RuntimeException as `post` does, and with the code FORGED
     *
     * @return array<string, mixed>
     */
    public static function postSigned(
        string $address,
        string $path,
        string $secret,
        array $question,
        int $milliseconds,
        int $now
    ): array {
        return self::ask($address, $path, $secret, $question, $milliseconds, $now, true);
    }

    private static function ask(
        string $address,
        string $path,
        string $secret,
        array $question,
        int $milliseconds,
        int $now,
        bool $isSigned
    ): array {
        $body = json_encode($question, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
        $missing = array_filter(self::FUNCTIONS, static fn (string $name): bool => !function_exists($name));
        if ($body === false || $missing !== []) {
            throw new RuntimeException(self::UNABLE_WORDS, self::UNABLE);
        }
        try {
            $nonce = bin2hex(random_bytes(16));
        } catch (Throwable $fault) { // switched off, or a host without randomness
            throw new RuntimeException(self::UNABLE_WORDS, self::UNABLE, $fault);
        }
        $signature = self::signature($secret, $path, $body, $nonce, $now);
        $longest = $isSigned ? self::LONGEST_PAGE : self::LONGEST_ANSWER;
        [$status, $answer, $told] = self::exchange($address . $path, $body, $signature, $milliseconds, $longest);
        $document = json_decode($answer, true);
        if (is_array($document) && ($document['repeated'] ?? null) === true) {
            throw new RuntimeException('the bridge had received this very call before', self::REPEATED);
        }
        if ($status !== 200 || !is_array($document)) {
            throw new RuntimeException("the bridge answered with status $status", $status);
        }
        if ($isSigned && !self::isAnswer($told, $secret, $path, $answer, $nonce, $now)) {
            throw new RuntimeException('somebody else answers, or an earlier call is answered', self::FORGED);
        }

        return $document;
    }

    private static function isAnswer(
        string $told,
        string $secret,
        string $path,
        string $answer,
        string $nonce,
        int $now
    ): bool {
        $isFormed = preg_match('/\At=([1-9][0-9]{0,10}),n=' . $nonce . ',v2=[0-9a-f]{64}\z/', $told, $parts) === 1;

        return $isFormed && abs($now - (int) $parts[1]) <= self::TOLERANCE
            && hash_equals(self::signature($secret, $path, $answer, $nonce, (int) $parts[1]), $told);
    }

    /** @return array{0: int, 1: string, 2: string} status, body, and how it is signed */
    private static function exchange(string $url, string $body, string $signature, int $milliseconds, int $longest): array
    {
        $answer = '';
        $told = '';
        $curl = curl_init($url);
        curl_setopt_array($curl, [
            CURLOPT_POST => true,
            CURLOPT_POSTFIELDS => $body,
            CURLOPT_HTTPHEADER => [
                'Content-Type: application/json',
                "X-Bridge-Signature: $signature",
                'Expect:',
            ],
            CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_TIMEOUT_MS => $milliseconds,
            CURLOPT_CONNECTTIMEOUT_MS => $milliseconds,
            CURLOPT_NOSIGNAL => true, // without it a time-out below a second is not kept on some builds
            CURLOPT_HEADERFUNCTION => static function ($curl, string $line) use (&$told): int {
                if (stripos($line, 'X-Bridge-Signature:') === 0) {
                    $told = trim(substr($line, strlen('X-Bridge-Signature:')));
                }

                return strlen($line);
            },
            CURLOPT_WRITEFUNCTION => static function ($curl, string $bytes) use (&$answer, $longest): int {
                $answer .= $bytes;

                return strlen($answer) > $longest ? 0 : strlen($bytes);
            },
        ]);
        $done = curl_exec($curl);
        $status = (int) curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
        $fault = curl_errno($curl);
        unset($curl);
        if ($done === false) {
            throw new RuntimeException("the bridge does not answer (curl $fault)");
        }

        return [$status, $answer, $told];
    }
}
