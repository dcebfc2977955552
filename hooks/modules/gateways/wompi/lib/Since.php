<?php

namespace WHMCS\Module\Gateway\Wompi;

use Throwable;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * Since when something is so, remembered for a while by the age of an empty file in the folder for temporary files.
 *
 * A host may clean that folder, or forbid it: then nothing is remembered, and nothing else happens. PHP 7.2 can read
 * this file, because it is needed to say that 7.4 is.
 */
final class Since
{
    /** How long this has been so, in seconds; null where it has not begun, or is not remembered. */
    public static function seconds(string $what, int $now): ?int
    {
        return self::quietly(static function () use ($what, $now): ?int {
            $file = self::file($what);
            clearstatcache(true, $file);
            $age = is_file($file) ? $now - (int) filemtime($file) : -1;

            return $age >= 0 ? $age : null; // what begins in the future was written by a clock that was wrong
        });
    }

    /** It is so from now on. */
    public static function begin(string $what, int $now): void
    {
        self::quietly(static function () use ($what, $now): void {
            touch(self::file($what), $now);
        });
    }

    /** It is no longer so. */
    public static function end(string $what): void
    {
        self::quietly(static function () use ($what): void {
            $file = self::file($what);
            if (is_file($file)) {
                unlink($file);
            }
        });
    }

    /** Each user of the system has files of its own, because none may change those of another. */
    private static function file(string $what): string
    {
        $user = function_exists('posix_geteuid') ? posix_geteuid() : '';
        // WHMCS's own secret, from its configuration.php, so that nobody else on this machine can guess the name.
        $secret = $GLOBALS['cc_encryption_hash'] ?? '';

        return sys_get_temp_dir() . '/wompi-bridge-'
            . hash_hmac('sha256', __DIR__ . "\n$user\n$what", is_string($secret) ? $secret : '');
    }

    /** Without a warning, an error or an exception: null instead. */
    private static function quietly(callable $work): ?int
    {
        set_error_handler(static function (): bool {
            return true;
        });
        try {
            return $work();
        } catch (Throwable $fault) {
            return null;
        } finally {
            restore_error_handler();
        }
    }
}
