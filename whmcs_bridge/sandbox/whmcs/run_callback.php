<?php
/**
 * Runs modules/gateways/callback/wompi.php as WHMCS would, for the sandbox: JSON in on stdin, JSON out on stdout.
 *
 * In:  {"hooks_dir", "gateway": settings, empty while it is not active, "post": fields, "signature": header}
 * Out: {"status", "body", "problems": [what went to the activity log]}
 *
 * The surface is the documented one: developers.whmcs.com/payment-gateways/callbacks.
 */

declare(strict_types=1);

$input = json_decode(stream_get_contents(STDIN), true, 16, JSON_THROW_ON_ERROR);
$problems = [];
define('WHMCS', true);
$_POST = $input['post'];
$_SERVER['HTTP_X_BRIDGE_SIGNATURE'] = $input['signature'];

final class App
{
    public static function load_function(string $name): void
    {
    }
}

function getGatewayVariables(string $module): array
{
    return $module === 'wompi' ? $GLOBALS['input']['gateway'] : [];
}

function logActivity(string $text, int $clientId = 0): void
{
    $GLOBALS['problems'][] = $text;
}

ob_start();
require rtrim($input['hooks_dir'], '/') . '/modules/gateways/callback/wompi.php';
$body = ob_get_clean();

echo json_encode(
    ['status' => http_response_code(), 'body' => $body, 'problems' => $problems],
    JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES
);
