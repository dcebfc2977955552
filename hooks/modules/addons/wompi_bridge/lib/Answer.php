<?php

namespace WHMCS\Module\Addon\WompiBridge;

use RuntimeException;
use WHMCS\Module\Gateway\Wompi\Call;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/** What the bridge answered, once it was found to be the answer to this very call and fit to be printed. */
final class Answer
{
    /** A download's types, and no other. */
    private const TYPES = ['text/csv; charset=utf-8'];

    public int $status;

    public string $html;

    /** Where to go on, within the addon; '' for nowhere. */
    public string $location = '';

    /** @var array{name: string, type: string, body: string}|null */
    public ?array $file = null;

    /** Seconds after which to ask again; 0 for never. */
    public int $refresh;

    /** @var list<string> how things stand, in plain words */
    public array $known;

    /**
     * @param array<string, mixed> $told
     *
     * @throws RuntimeException for what is not to be printed, in words without any of it; its code is FORGED
     */
    public function __construct(array $told)
    {
        $html = $told['html'] ?? null;
        $status = $told['status'] ?? null;
        if (!is_string($html) || !is_int($status) || !Markup::isPlain($html)) {
            throw new RuntimeException('the bridge answered with a page that is not to be printed', Call::FORGED);
        }
        $this->html = $html;
        $this->status = $status;
        $location = $told['location'] ?? null;
        if ($location !== null) {
            if (!is_string($location) || !Markup::isWithin($location)) {
                throw new RuntimeException('the bridge answered with a way out of the addon', Call::FORGED);
            }
            $this->location = $location;
        }
        $this->file = isset($told['file']) ? self::file($told['file']) : null;
        $refresh = $told['refresh'] ?? 0;
        $this->refresh = is_int($refresh) && $refresh > 0 && $refresh < 60 ? $refresh : 0;
        $this->known = array_slice(array_values(array_filter((array) ($told['known'] ?? []), 'is_string')), 0, 10);
    }

    /**
     * @param mixed $told
     *
     * @return array{name: string, type: string, body: string}
     */
    private static function file($told): array
    {
        $name = is_array($told) ? $told['name'] ?? null : null;
        $type = is_array($told) ? $told['type'] ?? null : null;
        $body = is_array($told) && is_string($told['body'] ?? null) ? base64_decode($told['body'], true) : false;
        $isNamed = is_string($name) && preg_match('/\A[a-z0-9-]{1,60}\.csv\z/', $name) === 1;
        if (!$isNamed || !in_array($type, self::TYPES, true) || $body === false) {
            throw new RuntimeException('the bridge answered with a file that is not to be handed on', Call::FORGED);
        }

        return ['name' => $name, 'type' => $type, 'body' => $body];
    }
}
