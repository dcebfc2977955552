<?php

namespace WHMCS\Module\Gateway\Wompi;

use FilesystemIterator;
use RuntimeException;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * What the bridge's `doctor` is told about this side, once it has shown that it holds our secret.
 *
 * The question is the form `nonce=<hex>`, signed as the bridge's own calls are (whmcs_bridge/signed/calls.py).
 */
final class Proof
{
    /** How far the two clocks may differ, in seconds; the same as in whmcs_bridge/signed/calls.py. */
    private const TOLERANCE = 300;

    /** How long the bridge may take to answer us, in milliseconds: the bridge itself is waiting meanwhile. */
    private const PATIENCE = 5000;

    /** Our files in folders of WHMCS's own. */
    private const OUTSIDE = [
        'includes/hooks/wompi_bridge.php',
        'modules/gateways/callback/wompi.php',
        'modules/gateways/wompi.php',
    ];

    /** The folders that are ours as a whole. */
    private const FOLDERS = [
        'modules/addons/wompi_bridge',
        'modules/addons/wompi_bridge/lib',
        'modules/gateways/wompi',
        'modules/gateways/wompi/lib',
    ];

    /**
     * @param array<string, mixed> $settings the gateway's; empty while it is not active
     * @param string               $root     the root of WHMCS
     * @param int                  $now      Unix seconds
     *
     * @return array<string, mixed>|null null for whoever cannot sign, and while there is no secret
     */
    public static function answer(string $nonce, string $signature, array $settings, string $root, int $now): ?array
    {
        $secret = Bridge::secret($settings);
        if ($secret === '' || preg_match('/\A[0-9a-f]{16,64}\z/', $nonce) !== 1) {
            return null;
        }
        if (!self::isSigned("nonce=$nonce", $signature, $secret, $now)) {
            return null;
        }

        return [
            // The prefix keeps it from ever standing for a link or a call.
            'proof' => hash_hmac('sha256', "proof.whmcs.$nonce", $secret),
            'files' => self::files($root),
            'bridge_url' => Whmcs::text($settings, 'bridgeUrl'),
            'bridge_answers' => self::bridgeAnswers(Bridge::address($settings), $secret, $now),
            'php' => PHP_VERSION,
            'time' => $now,
        ];
    }

    private static function isSigned(string $body, string $signature, string $secret, int $now): bool
    {
        if (preg_match('/\At=([1-9][0-9]{0,10}),v1=[0-9a-f]{64}\z/', $signature, $parts) !== 1) {
            return false;
        }
        $stamp = (int) $parts[1];

        return hash_equals("t=$stamp,v1=" . hash_hmac('sha256', "$stamp.$body", $secret), $signature)
            && abs($now - $stamp) <= self::TOLERANCE;
    }

    /** @return array<string, string> SHA-256 by path within WHMCS; '' for a file that cannot be read */
    public static function files(string $root): array
    {
        $paths = [];
        foreach (self::OUTSIDE as $path) {
            $paths[$path] = "$root/$path";
        }
        foreach (self::FOLDERS as $folder) {
            // Not scandir(), which hosts switch off.
            foreach (is_dir("$root/$folder") ? new FilesystemIterator("$root/$folder") : [] as $file) {
                $name = $file->getFilename();
                if ($name[0] !== '.') { // the installer's record
                    $paths["$folder/$name"] = "$root/$folder/$name";
                }
            }
        }

        $found = [];
        foreach ($paths as $path => $file) {
            if (is_file($file)) {
                $found[$path] = is_readable($file) ? (string) hash_file('sha256', $file) : '';
            }
        }

        return $found;
    }

    /** '' when the bridge answers a signed call of ours, else what happened, without any secret. */
    private static function bridgeAnswers(string $address, string $secret, int $now): string
    {
        if ($address === '') {
            return 'no address';
        }
        try {
            $nonce = bin2hex(random_bytes(16));
            $told = Call::post($address, '/proof', $secret, ['nonce' => $nonce], self::PATIENCE, $now);
        } catch (RuntimeException $fault) {
            return $fault->getMessage();
        }
        $proof = is_string($told['proof'] ?? null) ? $told['proof'] : '';

        return hash_equals(hash_hmac('sha256', "proof.bridge.$nonce", $secret), $proof) ? '' : 'somebody else answers';
    }
}
