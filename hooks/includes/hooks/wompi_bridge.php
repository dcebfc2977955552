<?php

/**
 * The client area's way to the bridge: "Mis avisos de cobro" under Facturación.
 *
 * WHMCS loads this file on every request of every kind, so it only hangs up its hooks, and all of their work ends in a
 * page that is whole, whatever goes wrong.
 *
 * @see https://developers.whmcs.com/hooks/
 */

use WHMCS\Module\Gateway\Wompi\Bridge;
use WHMCS\Module\Gateway\Wompi\Link;
use WHMCS\Module\Gateway\Wompi\Whmcs;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

// No type on the argument: a mismatch would be thrown before our own try.
add_hook('ClientAreaPrimaryNavbar', 1, function ($primaryNavbar) {
    try {
        // WHMCS shows its invoices item only to those who may see the client's invoices. Where it does not, nor do we.
        $billing = $primaryNavbar->getChild('Billing');
        if ($billing === null || $billing->getChild('My Invoices') === null) {
            return;
        }

        foreach (['Whmcs', 'Link', 'Bridge'] as $class) {
            $file = dirname(__DIR__, 2) . "/modules/gateways/wompi/lib/$class.php";
            if (!is_file($file)) {
                return;
            }
            require_once $file;
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
    } catch (\Throwable $fault) {
        if (class_exists(Whmcs::class, false)) {
            Whmcs::log($fault);
        }
    }
});
