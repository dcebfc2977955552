<?php

namespace WHMCS\Module\Addon\WompiBridge;

use Throwable;
use WHMCS\Database\Capsule;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * How things stood when the bridge was last heard: a few plain lines, kept in WHMCS among the addon's own settings, for
 * the page that is shown while the bridge cannot be asked.
 *
 * @see https://developers.whmcs.com/advanced/db-interaction/
 */
final class Standing
{
    private const TABLE = 'tbladdonmodules';

    private const ROW = ['module' => 'wompi_bridge', 'setting' => 'lastStanding'];

    /** Seconds within which nothing is written again. */
    private const PAUSE = 60;

    /** @param list<string> $lines */
    public static function keep(array $lines, int $now): void
    {
        if ($lines === [] || $now - self::last()['at'] < self::PAUSE) {
            return;
        }
        try {
            $value = ['value' => json_encode(['at' => $now, 'lines' => $lines])];
            if (Capsule::table(self::TABLE)->where(self::ROW)->update($value) === 0) {
                Capsule::table(self::TABLE)->insert(self::ROW + $value);
            }
        } catch (Throwable $ignored) {
            // The page matters more than what is remembered of it.
        }
    }

    /** @return array{at: int, lines: list<string>} `at` is 0 where nothing is known */
    public static function last(): array
    {
        try {
            $value = Capsule::table(self::TABLE)->where(self::ROW)->value('value');
            $told = is_string($value) ? json_decode($value, true) : null;
        } catch (Throwable $ignored) {
            $told = null;
        }
        $lines = is_array($told['lines'] ?? null) ? array_values(array_filter($told['lines'], 'is_string')) : [];

        return ['at' => is_int($told['at'] ?? null) ? $told['at'] : 0, 'lines' => $lines];
    }
}
