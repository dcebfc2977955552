<?php

namespace WHMCS\Module\Gateway\Wompi;

use InvalidArgumentException;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * A signed link to the bridge: `purpose.invoice.client.expiry.signature`.
 *
 * The only place on this side that signs. The bridge's own signer is whmcs_bridge/signed/links.py; tests/vectors/links.json
 * binds the two. Nothing but ASCII words and integers goes in, so that both sides sign the same bytes; the amount
 * stays out, because the bridge reads it from WHMCS at each press.
 */
final class Link
{
    /** From the invoice's page: the visitor is signed in. */
    public const PAY = 'pay';

    /** From an e-mail, which may be forwarded: its page shows nothing personal. With invoice 0 a list as below. */
    public const MAIL = 'mail';

    /** A client's unpaid invoices; the invoice is 0. */
    public const LIST = 'list';

    /** The read-only trail of one invoice; with invoice 0 and client 0, everything that waits for a person. */
    public const ADMIN = 'admin';

    private const PURPOSES = [self::PAY, self::MAIL, self::LIST, self::ADMIN];

    /**
     * @param int $invoice WHMCS invoice id; 0 for a list, and for all invoices of an e-mail's client
     * @param int $client  WHMCS client id; 0 beside the invoice 0 of an admin's list, and only there
     * @param int $expiry  Unix seconds
     *
     * @throws InvalidArgumentException for what the bridge would refuse
     */
    public static function sign(string $secret, string $purpose, int $invoice, int $client, int $expiry): string
    {
        if (!in_array($purpose, self::PURPOSES, true)) {
            throw new InvalidArgumentException('unknown purpose of a link');
        }
        $isAdminList = $purpose === self::ADMIN && $invoice === 0 && $client === 0;
        $isList = $purpose === self::LIST || ($purpose === self::MAIL && $invoice === 0);
        $isWhole = $client > 0 && $invoice >= 0 && ($invoice === 0) === $isList;
        if ($expiry < 1 || !($isWhole || $isAdminList)) {
            throw new InvalidArgumentException('a link needs a client, a time and the invoice of its purpose');
        }

        $message = "$purpose.$invoice.$client.$expiry";
        $mac = hash_hmac('sha256', $message, $secret, true);

        return $message . '.' . rtrim(strtr(base64_encode($mac), '+/', '-_'), '=');
    }

    /**
     * An id as WHMCS hands it out: an integer, or its decimal text.
     *
     * @param mixed $value
     *
     * @throws InvalidArgumentException for anything but a positive id of at most ten digits (an unsigned INT column)
     */
    public static function id($value): int
    {
        $text = is_int($value) || is_string($value) ? (string) $value : '';
        if (preg_match('/\A[1-9][0-9]{0,9}\z/', $text) !== 1) {
            throw new InvalidArgumentException('not an id');
        }

        return (int) $text;
    }
}
