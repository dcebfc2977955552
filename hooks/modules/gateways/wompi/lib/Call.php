<?php

namespace WHMCS\Module\Gateway\Wompi;

use RuntimeException;

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

    /**
     * The value of the header `X-Bridge-Signature`.
     *
     * @param int $now Unix seconds
     */
    public static function signature(string $secret, string $body, int $now): string
    {
        return "t=$now,v1=" . hash_hmac('sha256', "$now.$body", $secret);
    }

    /**
     * Post to an address of the bridge and read its answer.
     *
     * Certificates are verified and redirects are not followed. A page of WHMCS may wait for this, so it never takes
     * longer than `$milliseconds`, name resolution included.
     *
     * @param array<string, mixed> $question
     *
     * @throws RuntimeException when there is no answer of status 200 with a JSON object, in words without any secret;
     *                          its code is the status, or 0 where nobody answered
     *
     * @return array<string, mixed>
     */
    public static function post(string $url, string $secret, array $question, int $milliseconds, int $now): array
    {
        $body = json_encode($question, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
        if ($body === false || !function_exists('curl_init')) {
            throw new RuntimeException('the bridge cannot be asked from this PHP');
        }
        $answer = '';
        $curl = curl_init($url);
        curl_setopt_array($curl, [
            CURLOPT_POST => true,
            CURLOPT_POSTFIELDS => $body,
            CURLOPT_HTTPHEADER => [
                'Content-Type: application/json',
                'X-Bridge-Signature: ' . self::signature($secret, $body, $now),
                'Expect:',
            ],
            CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_TIMEOUT_MS => $milliseconds,
            CURLOPT_CONNECTTIMEOUT_MS => $milliseconds,
            CURLOPT_NOSIGNAL => true, // without it a time-out below a second is not kept on some builds
            CURLOPT_WRITEFUNCTION => static function ($curl, string $bytes) use (&$answer): int {
                $answer .= $bytes;

                return strlen($answer) > self::LONGEST_ANSWER ? 0 : strlen($bytes);
            },
        ]);
        $done = curl_exec($curl);
        $status = (int) curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
        $fault = curl_errno($curl);
        unset($curl);
        if ($done === false) {
            throw new RuntimeException("the bridge does not answer (curl $fault)");
        }
        $document = json_decode($answer, true);
        if ($status !== 200 || !is_array($document)) {
            throw new RuntimeException("the bridge answered with status $status", $status);
        }

        return $document;
    }
}
