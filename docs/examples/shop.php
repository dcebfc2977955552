<?php // A shop against `wompi-bridge sandbox`: php -S 127.0.0.1:3000 docs/examples/shop.php
if ($_SERVER['REQUEST_METHOD'] === 'GET') { // a reference is for one checkout, and ends in a letter: nothing separates it from the amount
    [$reference, $cents] = ['shop-' . hrtime(true) . '-x', '5950000'];
    $signature = hash('sha256', $reference . $cents . 'COP' . getenv('WOMPI_INTEGRITY_SECRET'));
    $query = ['public-key' => getenv('WOMPI_PUBLIC_KEY'), 'currency' => 'COP', 'amount-in-cents' => $cents,
        'reference' => $reference, 'signature:integrity' => $signature];
    header('Location: ' . getenv('WOMPI_CHECKOUT_URL') . '?' . http_build_query($query), true, 303);
    return;
}
$event = json_decode(file_get_contents('php://input'), true);
$signed = array_map(
    fn (string $path) => array_reduce(explode('.', $path), fn ($value, $key) => $value[$key], $event['data']),
    $event['signature']['properties']
);
$checksum = hash('sha256', implode('', $signed) . $event['timestamp'] . getenv('WOMPI_EVENTS_SECRET'));
if (!hash_equals($checksum, $event['signature']['checksum'])) { http_response_code(401); return; }
$key = stream_context_create(['http' => ['header' => 'Authorization: Bearer ' . getenv('WOMPI_PRIVATE_KEY')]]);
$data = json_decode(file_get_contents(getenv('WOMPI_API_URL') . '/transactions/' . $event['data']['transaction']['id'], false, $key), true)['data'];
error_log("{$data['reference']} {$data['status']} {$data['amount_in_cents']}"); // the event is a hint: this was read back
