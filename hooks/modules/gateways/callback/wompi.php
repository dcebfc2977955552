<?php

/**
 * Answers `wompi-bridge doctor`, and nobody else: whether both sides hold the same secret, and which files are installed.
 *
 * It changes nothing, and PHP 7.2 can read it. Payments never come through here: Wompi speaks to the bridge, and the bridge to WHMCS's API. Who
 * cannot sign gets a 404, whatever was asked.
 *
 * @see https://developers.whmcs.com/payment-gateways/callbacks/
 */

use WHMCS\Module\Gateway\Wompi\Proof;
use WHMCS\Module\Gateway\Wompi\Whmcs;

if (!defined('WHMCS')) {
    if (!is_file(dirname(__DIR__, 3) . '/init.php')) {
        die('This file cannot be accessed directly');
    }
    require_once dirname(__DIR__, 3) . '/init.php';
}

(static function (): void {
    $told = null;
    try {
        foreach (['Since', 'Whmcs', 'Bridge', 'Call', 'Proof'] as $class) {
            if ($class === 'Bridge' && PHP_VERSION_ID < 70400) {
                throw new \RuntimeException('PHP 7.4 is needed');
            }
            $file = dirname(__DIR__) . "/wompi/lib/$class.php";
            if (!is_file($file)) {
                throw new \RuntimeException("$class.php is missing");
            }
            require_once $file;
        }
        $nonce = $_POST['nonce'] ?? '';
        $signature = $_SERVER['HTTP_X_BRIDGE_SIGNATURE'] ?? '';
        if (is_string($nonce) && is_string($signature)) {
            $settings = Whmcs::gatewaySettings('wompi');
            $told = Proof::answer($nonce, $signature, $settings, dirname(__DIR__, 3), time());
        }
    } catch (\Throwable $fault) {
        if (class_exists(Whmcs::class, false)) {
            Whmcs::log($fault);
        }
    }
    $refusal = PHP_VERSION_ID < 70400 ? "the Wompi module needs PHP 7.4 or newer\n" : "not found\n";
    header('Cache-Control: no-store');
    header('Content-Type: ' . ($told === null ? 'text/plain' : 'application/json'));
    http_response_code($told === null ? 404 : 200);
    echo $told === null ? $refusal : json_encode($told, JSON_UNESCAPED_SLASHES);
})();
