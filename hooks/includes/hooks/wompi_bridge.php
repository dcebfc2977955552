<?php

/**
 * What WHMCS asks of the bridge's module on its way: one row for each point that we hang on.
 *
 * WHMCS loads this file on every request of every kind, so it only hangs up its hooks; the classes beside the module do
 * the work, and are loaded when they are called. Whatever goes wrong in there, the page, the e-mail or the cron job is
 * as it would be without us. PHP 7.2 can read this file, and is told that 7.4 is needed.
 *
 * @see https://developers.whmcs.com/hooks/
 */

use WHMCS\Module\Gateway\Wompi\AdminArea;
use WHMCS\Module\Gateway\Wompi\Cancellation;
use WHMCS\Module\Gateway\Wompi\ClientArea;
use WHMCS\Module\Gateway\Wompi\InvoiceQr;
use WHMCS\Module\Gateway\Wompi\Mail;
use WHMCS\Module\Gateway\Wompi\Whmcs;
use WHMCS\Module\Widget\WompiBridge;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

if (PHP_VERSION_ID < 70400) {
    try {
        foreach (['Since', 'Whmcs'] as $wompiClass) {
            $wompiFile = dirname(__DIR__, 2) . "/modules/gateways/wompi/lib/$wompiClass.php";
            if (is_file($wompiFile)) {
                require_once $wompiFile;
            }
        }
        Whmcs::tellHourly(
            'el módulo necesita PHP 7.4 o más reciente, y este es PHP ' . PHP_VERSION . ': nadie puede pagar con Wompi.'
            . ' / the module needs PHP 7.4 or newer, and this is PHP ' . PHP_VERSION . ': nobody can pay with Wompi.'
        );
    } catch (\Throwable $wompiFault) {
        // The gateway's page says the same.
    }
    unset($wompiClass, $wompiFile, $wompiFault);

    return;
}

/**
 * @param list<string> $classes what the work needs beside those below, in this order
 * @param callable     $work    gets WHMCS's argument; what it returns is what WHMCS gets
 */
$wompiHook = static function (array $classes, callable $work): callable {
    // No type on the argument: a mismatch would be thrown before our own try.
    return static function ($argument = null) use ($classes, $work) {
        try {
            foreach (array_merge(['Since', 'Whmcs', 'Link', 'Call', 'Bridge'], $classes) as $class) {
                $file = dirname(__DIR__, 2) . "/modules/gateways/wompi/lib/$class.php";
                if (!is_file($file)) {
                    return null;
                }
                require_once $file;
            }

            return $work($argument);
        } catch (\Throwable $fault) {
            if (class_exists(Whmcs::class, false)) {
                Whmcs::log($fault);
            }

            return null;
        }
    };
};

add_hook('ClientAreaPrimaryNavbar', 1, $wompiHook(['ClientArea'], static function ($navbar) {
    ClientArea::navbar($navbar);
}));

add_hook('ClientAreaHomepagePanels', 1, $wompiHook(['Amount', 'Pesos', 'Status', 'Payable', 'ClientArea'], static function ($panels) {
    ClientArea::homePanels($panels);
}));

add_hook('ClientAreaPageViewInvoice', 1, $wompiHook(['Amount', 'Status', 'Pesos', 'Payable', 'ClientArea', 'InvoiceQr'], static function ($vars) {
    return ClientArea::invoiceNotice($vars, time()) + InvoiceQr::of($vars, time());
}));

add_hook('EmailPreSend', 1, $wompiHook(['Amount', 'Pesos', 'Status', 'Payable', 'Mail'], static function ($vars) {
    return Mail::fields($vars, time());
}));

add_hook('EmailTplMergeFields', 1, $wompiHook(['Mail'], static function ($vars) {
    return Mail::described($vars);
}));

add_hook('PreInvoiceAutomaticCancellation', 1, $wompiHook(['Status', 'Cancellation'], static function ($vars) {
    return Cancellation::hold($vars, time());
}));

add_hook('AdminInvoicesControlsOutput', 1, $wompiHook(['Amount', 'Pesos', 'AdminArea'], static function ($vars) {
    return AdminArea::invoicePanel($vars, time());
}));

add_hook('AdminHomeWidgets', 1, $wompiHook(['AdminArea', 'AdminWidget'], static function () {
    return AdminArea::isActive() && class_exists(WompiBridge::class, false) ? new WompiBridge() : null;
}));

unset($wompiHook);
