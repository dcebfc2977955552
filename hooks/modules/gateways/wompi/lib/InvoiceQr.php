<?php

namespace WHMCS\Module\Gateway\Wompi;

use RuntimeException;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * The QR code of the pay link, on an unpaid invoice's page and on its print, where the admin has switched it on.
 *
 * WHMCS 9's themes print `invoiceQrHtml`; before, nothing reads it. The bridge draws the code, so that no address goes to
 * a third party. The link is an e-mail's: whoever photographs a printed invoice sees nothing personal.
 */
final class InvoiceQr
{
    private const WORDS = [
        'es' => ['scan' => 'Pague con su celular: escanee este c&oacute;digo.', 'what' => 'C&oacute;digo QR del enlace de pago'],
        'en' => ['scan' => 'Pay with your phone: scan this code.', 'what' => 'QR code of the pay link'],
    ];

    /** What the bridge may draw: strokes, of at most so many characters, on a square of so many modules. */
    private const STROKES = '/\A[Mmhv0-9 .-]{1,30000}\z/';
    private const MOST_MODULES = 200;

    /**
     * @param mixed $vars the page's variables, `invoiceid` among them
     * @param int   $now  Unix seconds
     *
     * @return array<string, string> HTML in ASCII
     */
    public static function of($vars, int $now): array
    {
        $settings = Whmcs::gatewaySettings('wompi');
        $bridge = Whmcs::text($settings, 'invoiceQr') === 'on' ? Bridge::fromSettings($settings) : null;
        $client = $bridge === null ? null : Whmcs::client();
        if ($client === null) {
            return [];
        }
        $invoice = Link::id(is_array($vars) ? $vars['invoiceid'] ?? null : null);
        $owner = Payable::clientOf($invoice, $bridge, $now);
        if ($owner !== Link::id($client->id)) {
            return [];
        }
        try {
            $drawn = $bridge->ask('/qr', ['link' => $bridge->mailUrl($invoice, $owner, $now)], Status::MILLISECONDS, $now);
        } catch (RuntimeException $fault) {
            return []; // the invoice can be paid by the button
        }
        $path = $drawn['path'] ?? null;
        $size = $drawn['size'] ?? null;
        if (!is_string($path) || preg_match(self::STROKES, $path) !== 1 || !is_int($size) || $size < 1 || $size > self::MOST_MODULES) {
            return [];
        }

        return ['invoiceQrHtml' => self::html($path, $size, Whmcs::language($client->language ?? ''))];
    }

    /** White below it, whatever the theme's colour is: a reader needs the contrast. */
    private static function html(string $path, int $size, string $language): string
    {
        $words = self::WORDS[$language];

        return '<div lang="' . $language . '" style="margin:16px 0;text-align:center">'
            . "<svg viewBox=\"0 0 $size $size\" width=\"180\" height=\"180\" role=\"img\" aria-label=\"{$words['what']}\""
            . ' style="max-width:100%">'
            . "<rect width=\"$size\" height=\"$size\" fill=\"#fff\"/><path d=\"$path\" stroke=\"#000\"/></svg>"
            . "<div>{$words['scan']}</div></div>";
    }
}
