<?php

/**
 * The WHMCS addon module: Addons -> Wompi, the admin's console of the WHMCS-Wompi bridge.
 *
 * WHMCS decides who may: its login, the roles that the addon is opened for, and its form token. The bridge draws the
 * page; what it draws is checked before it is printed.
 *
 * WHMCS includes this file itself, so PHP 7.2 can read it, and is told that the classes beside it need 7.4.
 *
 * @see https://developers.whmcs.com/addon-modules/
 */

use WHMCS\Module\Addon\WompiBridge\Console;
use WHMCS\Module\Gateway\Wompi\Whmcs;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * @see https://developers.whmcs.com/addon-modules/configuration/
 */
function wompi_bridge_config()
{
    return [
        'name' => 'Wompi',
        'description' => 'Pagos, revisión, envío de enlaces y salud del puente WHMCS-Wompi. Mover dinero exige además el'
            . ' permiso «Add Transaction» del rol. / Payments, review, links to send and health of the WHMCS-Wompi bridge.'
            . ' To move money the role needs the permission “Add Transaction” as well.',
        'version' => '1.0',
        'author' => 'WHMCS-Wompi bridge',
        'language' => 'spanish',
        'fields' => [],
    ];
}

/**
 * The page. WHMCS has signed in the admin and looked at their role before it calls.
 *
 * @see https://developers.whmcs.com/addon-modules/admin-area-output/
 *
 * @param mixed $vars WHMCS's argument: `modulelink`, `version` and the addon's fields
 */
function wompi_bridge_output($vars)
{
    try {
        if (PHP_VERSION_ID < 70400) {
            echo '<p>El puente necesita PHP 7.4 o m&aacute;s reciente, y este es PHP ' . PHP_VERSION . '. / The bridge needs'
                . ' PHP 7.4 or newer, and this is PHP ' . PHP_VERSION . '.</p>';

            return;
        }
        wompi_bridge_load();
        Console::show(time());
    } catch (\Throwable $fault) {
        if (class_exists(Whmcs::class, false)) {
            Whmcs::log($fault);
        }
        echo '<p>El m&oacute;dulo Wompi fall&oacute;; ejecute <code>wompi-bridge hooks install</code>. / The Wompi module'
            . ' broke; run <code>wompi-bridge hooks install</code>.</p>';
    }
}

/** Load the classes; a module that was copied in part is a fault that can be caught, never a fatal error. */
function wompi_bridge_load()
{
    $gateway = dirname(dirname(__DIR__)) . '/gateways/wompi/lib';
    $files = [];
    foreach (['Since', 'Whmcs', 'Link', 'Call', 'Bridge', 'Proof'] as $class) {
        $files[] = "$gateway/$class.php";
    }
    foreach (['Markup', 'Answer', 'Standing', 'Console'] as $class) {
        $files[] = __DIR__ . "/lib/$class.php";
    }
    foreach ($files as $file) {
        if (!is_file($file)) {
            throw new \RuntimeException(basename($file) . ' is missing');
        }
        require_once $file;
    }
}
