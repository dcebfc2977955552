<?php

/**
 * The WHMCS gateway module: a button on the unpaid invoice that leads to the WHMCS-Wompi bridge, and for the admin the
 * refund of a payment.
 *
 * It signs links, and asks the bridge: whether a payment is under way, to give one back, and what is known of one.
 * Amounts, checkouts and payments are the bridge's business; it books what was paid through the WHMCS API.
 *
 * WHMCS includes this file itself, so PHP 7.2 can read it, and is told that the classes beside it need 7.4.
 *
 * @see https://developers.whmcs.com/payment-gateways/third-party-gateway/
 */

use WHMCS\Billing\Payment\Transaction\Information;
use WHMCS\Module\Gateway\Wompi\Bridge;
use WHMCS\Module\Gateway\Wompi\Button;
use WHMCS\Module\Gateway\Wompi\Details;
use WHMCS\Module\Gateway\Wompi\Refund;
use WHMCS\Module\Gateway\Wompi\Whmcs;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * @see https://developers.whmcs.com/payment-gateways/meta-data-params/
 */
function wompi_MetaData()
{
    return [
        'DisplayName' => 'Wompi (tarjeta, PSE, Nequi)',
        'APIVersion' => '1.1',
        'DisableLocalCreditCardInput' => true,
        'TokenisedStorage' => false,
    ];
}

/**
 * @see https://developers.whmcs.com/payment-gateways/configuration/
 */
function wompi_config()
{
    $old = wompi_php_problem();

    return [
        'FriendlyName' => [
            'Type' => 'System',
            'Value' => 'Wompi (tarjeta, PSE, Nequi)',
        ],
        'bridgeUrl' => [
            'FriendlyName' => 'Dirección del puente / Bridge address',
            'Type' => 'text',
            'Size' => '50',
            'Default' => '',
            'Description' => 'La misma de BRIDGE_URL. / The same as BRIDGE_URL.',
        ],
        'bridgeSecret' => [
            'FriendlyName' => 'Secreto del puente / Bridge secret',
            'Type' => 'password',
            'Size' => '50',
            'Default' => '',
            'Description' => 'El primer valor de BRIDGE_SECRET, de 32 caracteres o más.'
                . ' / The first value of BRIDGE_SECRET, 32 characters or more.',
        ],
        'termsUrl' => [
            'FriendlyName' => 'Términos y condiciones / Terms and conditions',
            'Type' => 'text',
            'Size' => '50',
            'Default' => '',
            'Description' => 'Opcional: la página que el cliente acepta al pagar; si falta, la dirección de este WHMCS.'
                . ' / Optional: the page that the payer accepts; if missing, the address of this WHMCS.',
        ],
        'mailTemplates' => [
            'FriendlyName' => 'Otros correos con enlace / More e-mails with the link',
            'Type' => 'text',
            'Size' => '50',
            'Default' => '',
            'Description' => 'Opcional: los nombres de sus propias plantillas de factura que usan {$wompi_pay_link} o'
                . ' {$wompi_pay_all_link}, separados por comas. / Optional: the names of your own invoice templates that'
                . ' use {$wompi_pay_link} or {$wompi_pay_all_link}, separated by commas.',
        ],
        'invoiceQr' => [
            'FriendlyName' => 'Código QR en la factura / QR code on the invoice',
            'Type' => 'yesno',
            'Default' => '',
            'Description' => 'Muestra en la factura sin pagar, también al imprimirla, un código QR con el enlace de pago.'
                . ' Desde WHMCS 9. / Shows a QR code with the pay link on the unpaid invoice, on paper as well. Since'
                . ' WHMCS 9.',
        ],
    ] + ($old === '' ? [] : ['UsageNotes' => ['Type' => 'System', 'Value' => $old]]);
}

/**
 * Refuse a setting that was filled in wrongly, when the admin saves it. An empty one is let through: WHMCS may save the
 * fields before they are filled in, and the button hides itself until they are.
 *
 * @throws \WHMCS\Exception\Module\NotServicable with the sentence that the admin reads
 */
function wompi_config_validate($params)
{
    try {
        $problem = wompi_settings_problem(is_array($params) ? $params : []);
    } catch (\Throwable $fault) {
        wompi_report($fault);

        return;
    }
    // Not in WHMCS's own reference for gateways, so both the exception and its absence are taken as they come.
    if ($problem !== '' && class_exists('WHMCS\Exception\Module\NotServicable')) {
        throw new \WHMCS\Exception\Module\NotServicable($problem);
    }
}

/**
 * The button on an unpaid invoice, and in the redirect after the checkout of an order.
 *
 * @see https://developers.whmcs.com/payment-gateways/third-party-gateway/
 *
 * @return string HTML; '' where the invoice cannot be paid through Wompi, and after any fault of ours
 */
function wompi_link($params)
{
    try {
        wompi_load();

        return Button::html($params, time());
    } catch (\Throwable $fault) {
        wompi_report($fault);

        return '';
    }
}

/**
 * The admin's Refund button. WHMCS records the refund when the status is `success`, and nothing otherwise; `rawdata` is
 * for its gateway log.
 *
 * @see https://developers.whmcs.com/payment-gateways/refunds/
 */
function wompi_refund($params)
{
    try {
        wompi_load('Refund');

        return Refund::of(is_array($params) ? $params : [], time());
    } catch (\Throwable $fault) {
        wompi_report($fault);
        $old = wompi_php_problem();

        return [
            'status' => 'error',
            'rawdata' => $old !== '' ? $old : 'El módulo Wompi de WHMCS falló, y no se sabe si la anulación se pidió. Ejecute wompi-bridge'
                . ' hooks install y oprima Refund otra vez: a Wompi nunca se le pide dos veces. / The Wompi module of'
                . ' WHMCS broke, and whether the void was asked for is not known. Run wompi-bridge hooks install and'
                . ' press Refund again: Wompi is never asked twice.',
        ];
    }
}

/**
 * What the admin sees who clicks on the id of a transaction, since WHMCS 8.2. It has no return type, because the class
 * is missing before.
 *
 * @see https://developers.whmcs.com/payment-gateways/transaction-information/
 *
 * @return Information|null null before WHMCS 8.2
 */
function wompi_TransactionInformation(array $params = [])
{
    try {
        wompi_load('Refund', 'Details');

        return Details::of($params, time());
    } catch (\Throwable $fault) {
        wompi_report($fault);

        // WHMCS's example returns the class always: an empty one is a window without lines.
        return class_exists(Information::class) ? new Information() : null;
    }
}

/** The first thing that is wrong with the settings, in words; '' when nothing is. */
function wompi_settings_problem(array $params): string
{
    $old = wompi_php_problem();
    if ($old !== '') {
        return $old;
    }
    wompi_load();
    if (Whmcs::text($params, 'bridgeUrl') !== '' && Bridge::address($params) === '') {
        return 'La dirección del puente debe empezar por https:// y no llevar ? ni #.'
            . ' / The bridge address must start with https:// and have no ? or #.';
    }
    // WHMCS masks a saved password with asterisks; such a value means "unchanged".
    $secret = Whmcs::text($params, 'bridgeSecret');
    if (trim($secret, '*') !== '' && Bridge::secret($params) === '') {
        return 'El secreto del puente debe tener 32 caracteres o más.'
            . ' / The bridge secret must have 32 characters or more.';
    }
    $terms = Whmcs::text($params, 'termsUrl');
    if ($terms !== '' && !Button::isWebAddress($terms)) {
        return 'La dirección de los términos debe empezar por https://.'
            . ' / The address of the terms must start with https://.';
    }

    return '';
}

/** What is wrong with this PHP, in words; '' when nothing is. */
function wompi_php_problem(): string
{
    return PHP_VERSION_ID >= 70400 ? '' : 'El módulo Wompi necesita PHP 7.4 o más reciente, y este es PHP ' . PHP_VERSION
        . ': nadie puede pagar con Wompi. / The Wompi module needs PHP 7.4 or newer, and this is PHP ' . PHP_VERSION
        . ': nobody can pay with Wompi.';
}

/** Load our classes; a module that was copied in part is a fault that can be caught, never a fatal error. */
function wompi_load(string ...$more): void
{
    // What it takes to tell of a fault stands first, and is for PHP 7.2 as well.
    $classes = ['Since', 'Whmcs', 'Link', 'Call', 'Bridge', 'Status', 'Amount', 'Pesos', 'Button'];
    foreach (array_merge($classes, $more) as $class) {
        if ($class === 'Link' && wompi_php_problem() !== '') {
            throw new \RuntimeException('PHP 7.4 is needed');
        }
        $file = __DIR__ . "/wompi/lib/$class.php";
        if (!is_file($file)) {
            throw new \RuntimeException("$class.php is missing");
        }
        require_once $file;
    }
}

function wompi_report(\Throwable $fault): void
{
    if (class_exists(Whmcs::class, false)) {
        Whmcs::log($fault);
    }
}
