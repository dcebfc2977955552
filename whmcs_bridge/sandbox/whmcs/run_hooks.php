<?php
/**
 * Runs the project's PHP as WHMCS would, for the sandbox's client area: JSON in on stdin, JSON out on stdout.
 *
 * In:  {"hooks_dir", "gateway": settings, "client": {...} or null, "system_url", "words": {key: WHMCS's word},
 *       "invoices": [rows of WHMCS's model], and what is to be run, each of them or null: "menu": [items],
 *       "panels": [items], "params": {...} of wompi_link, "email": {"messagename", "relid", "mergefields"},
 *       "cancel": invoice id}
 * Out: {"menu": [items], "panels": [items], "button": HTML or null, "fields": {merge fields}, "cancel": bool,
 *       "activity": [lines of the activity log], "problems": [what a WHMCS with "Display Errors" would have shown]}
 */

declare(strict_types=1);

require __DIR__ . '/client_area.php';

/** What the hooks at a point return, as one list of keys and values. */
function run_hook_point(string $point, mixed $argument): array
{
    $byPriority = Sandbox::$hooks[$point] ?? [];
    ksort($byPriority);
    $returned = [];
    foreach (array_merge([], ...array_values($byPriority)) as $hook) {
        $returned = array_merge($returned, (array) $hook($argument));
    }

    return $returned;
}

function add_items(WHMCS\View\Menu\Item $parent, array $items): void
{
    foreach ($items as $item) {
        $children = $item['children'] ?? [];
        unset($item['children']);
        add_items($parent->addChild($item['name'], $item), $children);
    }
}

set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
    if (error_reporting() & $level) {
        Sandbox::$problems[] = "$message in " . basename($file) . " on line $line";
    }

    return true;
});

Sandbox::$input = json_decode(stream_get_contents(STDIN), true, 64, JSON_THROW_ON_ERROR);
$client = Sandbox::$input['client'];
Sandbox::$client = $client === null ? null : (object) $client;
define('ROOTDIR', rtrim(Sandbox::$input['hooks_dir'], '/'));

ob_start();
$input = Sandbox::$input + ['menu' => null, 'panels' => null, 'params' => null, 'email' => null, 'cancel' => null];
$navbar = new WHMCS\View\Menu\Item('Primary Navbar');
add_items($navbar, $input['menu'] ?? []);
$panels = new WHMCS\View\Menu\Item('Home Page Panels');
add_items($panels, $input['panels'] ?? []);
$button = null;
$fields = $cancel = [];
try {
    foreach (glob(ROOTDIR . '/includes/hooks/[!_]*.php') ?: [] as $file) {
        require_once $file;
    }
    if ($input['menu'] !== null) {
        run_hook_point('ClientAreaPrimaryNavbar', $navbar);
    }
    if ($input['panels'] !== null) {
        run_hook_point('ClientAreaHomepagePanels', $panels);
    }
    if ($input['email'] !== null) {
        $fields = run_hook_point('EmailPreSend', $input['email']);
    }
    if ($input['cancel'] !== null) {
        $cancel = run_hook_point('PreInvoiceAutomaticCancellation', ['invoiceid' => $input['cancel']]);
    }
    if ($input['params'] !== null) {
        require_once ROOTDIR . '/modules/gateways/wompi.php';
        $params = $input['params'];
        $params['clientdetails']['model'] = Sandbox::$client;
        $button = wompi_link($params);
    }
} catch (Throwable $error) {
    Sandbox::$problems[] = $error->getMessage() . ' in ' . basename($error->getFile()) . " on line {$error->getLine()}";
}
$printed = ob_get_clean();
if ($printed !== '') {
    Sandbox::$problems[] = "printed: $printed";
}

echo json_encode(
    [
        'menu' => $navbar->export()['children'],
        'panels' => $panels->export()['children'],
        'button' => $button,
        'fields' => (object) $fields,
        'cancel' => ($cancel['abortCancel'] ?? false) !== true,
        'activity' => Sandbox::$activity,
        'problems' => Sandbox::$problems,
    ],
    JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES
);
