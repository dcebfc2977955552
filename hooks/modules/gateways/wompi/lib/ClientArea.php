<?php

namespace WHMCS\Module\Gateway\Wompi;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * What the client area gets from us beside the button: an entry in the menu, and a panel on the home page.
 *
 * A user may see only a part of a client's account. WHMCS has no documented way to ask which, but shows its own items
 * to those who may see the invoices and to nobody else: each of ours hangs on one of them.
 */
final class ClientArea
{
    private const WORDS = [
        'es' => [
            'list' => 'Mis avisos de cobro',
            'panel' => 'Pagar con Wompi',
            'due' => 'Saldo pendiente',
            'one' => 'Un aviso de cobro por pagar',
            'many' => '%d avisos de cobro por pagar',
            'pay' => 'Pagar ahora',
        ],
        'en' => [
            'list' => 'My unpaid invoices',
            'panel' => 'Pay with Wompi',
            'due' => 'Balance due',
            'one' => 'One invoice to pay',
            'many' => '%d invoices to pay',
            'pay' => 'Pay now',
        ],
    ];

    /** A button's colours of both themes are below WCAG AA, so it brings its own; see Button. */
    private const BUTTON_STYLE = 'display:inline-block;min-height:44px;padding:10px 20px;border-radius:6px;'
        . 'background:#14532d;color:#fff;font-weight:600;line-height:24px;text-decoration:none';

    /**
     * "Mis avisos de cobro", right below WHMCS's own invoices.
     *
     * @see https://developers.whmcs.com/themes/navigation/
     *
     * @param \WHMCS\View\Menu\Item $primaryNavbar
     */
    public static function navbar($primaryNavbar): void
    {
        $billing = $primaryNavbar->getChild('Billing');
        if ($billing === null || $billing->getChild('My Invoices') === null) {
            return;
        }
        $client = Whmcs::client();
        $bridge = $client === null ? null : Bridge::fromSettings(Whmcs::gatewaySettings('wompi'));
        if ($bridge === null) {
            return;
        }

        $billing->addChild('Wompi Unpaid Invoices', [
            'label' => self::WORDS[Whmcs::language($client->language ?? '')]['list'],
            'uri' => $bridge->listUrl(Link::id($client->id), time()),
            'order' => 15, // WHMCS counts its own by tens: this is right below the invoices.
        ]);
    }

    /**
     * The sum that can be paid here, and a button to the list, beside WHMCS's own panel of unpaid or overdue invoices.
     *
     * @see https://developers.whmcs.com/hooks-reference/client-area-interface/#clientareahomepagepanels
     *
     * @param \WHMCS\View\Menu\Item $panels
     */
    public static function homePanels($panels): void
    {
        $own = $panels->getChild('Overdue Invoices') ?? $panels->getChild('Unpaid Invoices');
        $client = $own === null ? null : Whmcs::client();
        $bridge = $client === null ? null : Bridge::fromSettings(Whmcs::gatewaySettings('wompi'));
        if ($bridge === null) {
            return;
        }
        $id = Link::id($client->id);
        [$count, $sum] = Payable::dueOf($id);
        if ($count === 0) {
            return;
        }

        $words = self::WORDS[Whmcs::language($client->language ?? '')];
        // Both themes leave the padding of a panel to its paragraphs, so what is in ours brings its own.
        $body = '<div style="padding:12px 15px 16px"><div>' . Whmcs::word('balancedue', $words['due']) . '</div>'
            . '<div style="font-size:24px;line-height:1.3;font-weight:700">' . Pesos::html($sum) . '</div>'
            . '<div style="margin-bottom:12px">' . sprintf($words[$count === 1 ? 'one' : 'many'], $count) . '</div>'
            . '<a href="' . htmlspecialchars($bridge->listUrl($id, time()), ENT_QUOTES) . '" style="'
            . self::BUTTON_STYLE . '">' . Whmcs::word('invoicespaynow', $words['pay']) . '</a></div>';
        $panels->addChild('Wompi Unpaid Invoices', [
            'label' => $words['panel'],
            'icon' => 'fas fa-credit-card',
            'order' => (int) $own->getOrder() + 1,
            'extras' => ['color' => 'green'],
        ])->setBodyHtml($body);
    }
}
