<?php
// The least that a callback of a gateway module does: read the event, verify its checksum, keep it, answer.
$body = file_get_contents('php://input');
$event = json_decode($body, true);
if (!is_array($event) || !isset($event['signature']['properties'], $event['signature']['checksum'], $event['timestamp'])) {
    http_response_code(400);
    exit;
}
$signed = '';
foreach ($event['signature']['properties'] as $path) {
    $value = $event['data'];
    foreach (explode('.', $path) as $name) {
        $value = $value[$name];
    }
    $signed .= $value;
}
$checksum = hash('sha256', $signed . $event['timestamp'] . getenv('EVENTS_SECRET'));
if (!hash_equals($checksum, $event['signature']['checksum'])) {
    http_response_code(401);
    exit;
}
$database = new mysqli('p:127.0.0.1', 'root', '', 'bridge', (int) getenv('DATABASE_PORT'));
$insert = $database->prepare('INSERT IGNORE INTO events VALUES (?, ?, UTC_TIMESTAMP(), ?)');
$transaction = $event['data']['transaction']['id'];
$insert->bind_param('sss', $checksum, $transaction, $body);
$insert->execute();
echo 'ok';
