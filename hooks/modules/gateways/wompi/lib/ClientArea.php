<?php

namespace WHMCS\Module\Gateway\Wompi;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/** What the client area gets from us beside the button: the entry in the menu. */
final class ClientArea
{
    /**
     * "Mis avisos de cobro", right below WHMCS's own invoices.
     *
     * @see https://developers.whmcs.com/themes/navigation/
     *
     * @param \WHMCS\View\Menu\Item $primaryNavbar
     */
    public static function navbar($primaryNavbar): void
    {
        // WHMCS shows its invoices item only to those who may see the client's invoices. Where it does not, nor do we.
        $billing = $primaryNavbar->getChild('Billing');
        if ($billing === null || $billing->getChild('My Invoices') === null) {
            return;
        }
        $client = Whmcs::client();
        $bridge = $client === null ? null : Bridge::fromSettings(Whmcs::gatewaySettings('wompi'));
        if ($bridge === null) {
            return;
        }

        $inEnglish = Whmcs::language($client->language ?? '') === 'en';
        $billing->addChild('Wompi Unpaid Invoices', [
            'label' => $inEnglish ? 'My unpaid invoices' : 'Mis avisos de cobro',
            'uri' => $bridge->listUrl(Link::id($client->id), time()),
            'order' => 15, // WHMCS counts its own by tens: this is right below the invoices.
        ]);
    }
}
