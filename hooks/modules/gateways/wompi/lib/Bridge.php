<?php

namespace WHMCS\Module\Gateway\Wompi;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/** The bridge as the gateway's settings describe it: where it lives, and the secret that it shares with WHMCS. */
final class Bridge
{
    /**
     * How long a link on a page stays good. Every view signs a fresh one, so it only has to outlast the reading of one
     * page. It is short because it stands for a signed-in visitor, and stays behind in the browser's history and in
     * proxies' logs. A page left open longer gets the bridge's friendly "open your invoice again".
     */
    private const PAGE_SECONDS = 3600;

    /** How long a link in an e-mail stays good: from the invoice to past its due date; reminders carry new ones. */
    private const MAIL_SECONDS = 30 * 86400;

    /** The contract's least length of BRIDGE_SECRET, in characters. */
    private const SECRET_CHARACTERS = 32;

    /**
     * A host and perhaps a path. No query, user name or fragment, because the link is appended; and nothing that HTML
     * could misread, because WHMCS's menu templates print addresses unescaped (includes/navbar.tpl).
     */
    private const ADDRESS = '~\Ahttps?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?'
        . '(?:/[a-z0-9._\~%-]+)*/*\z~i';

    /** Without a slash at its end. */
    private string $address;

    private string $secret;

    private function __construct(string $address, string $secret)
    {
        $this->address = $address;
        $this->secret = $secret;
    }

    /** Null while the settings are missing or unusable. */
    public static function fromSettings(array $settings): ?self
    {
        $address = self::address($settings);
        $secret = self::secret($settings);

        return $address === '' || $secret === '' ? null : new self($address, $secret);
    }

    /** The setting `bridgeUrl` without a slash at its end, or '' when it is not an address of the web. */
    public static function address(array $settings): string
    {
        $address = Whmcs::text($settings, 'bridgeUrl');

        return preg_match(self::ADDRESS, $address) === 1 ? rtrim($address, '/') : '';
    }

    /** The secret that signs, or '' when `bridgeSecret` holds none. Of a pasted list the first, as in BRIDGE_SECRET. */
    public static function secret(array $settings): string
    {
        $secret = trim(explode(',', Whmcs::text($settings, 'bridgeSecret'))[0]);

        return preg_match('/\A.{' . self::SECRET_CHARACTERS . ',}\z/su', $secret) === 1 ? $secret : '';
    }

    /** Where the form on an unpaid invoice posts to. */
    public function payUrl(int $invoice, int $client, int $now): string
    {
        return $this->address . '/pay/' . $this->link(Link::PAY, $invoice, $client, $now + self::PAGE_SECONDS);
    }

    /** The same invoice for whoever holds the e-mail: its page shows nothing personal. */
    public function mailUrl(int $invoice, int $client, int $now): string
    {
        return $this->address . '/pay/' . $this->link(Link::MAIL, $invoice, $client, $now + self::MAIL_SECONDS);
    }

    /** Where a client's own unpaid invoices are listed. */
    public function listUrl(int $client, int $now): string
    {
        return $this->address . '/invoices/' . $this->link(Link::LIST, 0, $client, $now + self::PAGE_SECONDS);
    }

    /** The same list for whoever holds the e-mail: it shows nothing personal. */
    public function mailListUrl(int $client, int $now): string
    {
        return $this->address . '/invoices/' . $this->link(Link::MAIL, 0, $client, $now + self::MAIL_SECONDS);
    }

    /** Where an admin reads the trail of an invoice's payments. */
    public function trailUrl(int $invoice, int $client, int $now): string
    {
        return $this->address . '/trail/' . $this->link(Link::ADMIN, $invoice, $client, $now + self::PAGE_SECONDS);
    }

    /** Where an admin reads of everything that waits for a person. */
    public function reviewUrl(int $now): string
    {
        return $this->address . '/review/' . $this->link(Link::ADMIN, 0, 0, $now + self::PAGE_SECONDS);
    }

    /**
     * A signed call to one of the bridge's addresses for WHMCS.
     *
     * @throws \RuntimeException as `Call::post` does
     */
    public function ask(string $path, array $question, int $milliseconds, int $now): array
    {
        return Call::post($this->address, $path, $this->secret, $question, $milliseconds, $now);
    }

    /**
     * The same, whose answer is signed as well.
     *
     * @throws \RuntimeException as `Call::postSigned` does
     */
    public function askSigned(string $path, array $question, int $milliseconds, int $now): array
    {
        return Call::postSigned($this->address, $path, $this->secret, $question, $milliseconds, $now);
    }

    private function link(string $purpose, int $invoice, int $client, int $expiry): string
    {
        return Link::sign($this->secret, $purpose, $invoice, $client, $expiry);
    }
}
