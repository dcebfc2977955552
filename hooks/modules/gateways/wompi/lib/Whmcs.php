<?php

namespace WHMCS\Module\Gateway\Wompi;

use App;
use Lang;
use Menu;
use Throwable;
use WHMCS\Authentication\CurrentUser;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/** What we ask of the WHMCS around us, from 7.x to 9.x. PHP 7.2 can read this file; see Since. */
final class Whmcs
{
    private const HOUR = 3600;

    /**
     * A value as plain text: trimmed, and with WHMCS's HTML escaping undone where a version hands it out escaped. Only
     * the entities that htmlspecialchars() writes, so that other text passes as it is.
     */
    public static function text(array $values, string $name): string
    {
        $value = $values[$name] ?? '';

        return is_scalar($value) ? trim(htmlspecialchars_decode((string) $value, ENT_QUOTES)) : '';
    }

    /**
     * Words of the bridge in one line, without what HTML could take for an element: nobody says whether the places that
     * WHMCS shows them in escape them. '' for what is no text, and for what is longer than so many bytes.
     *
     * @param mixed $text
     */
    public static function plain($text, int $longest): string
    {
        if (!is_string($text) || strlen($text) > $longest) {
            return '';
        }

        return trim((string) preg_replace('/[<>\p{C}\s]+/u', ' ', $text));
    }

    /**
     * The saved settings of an active gateway module; empty while it is not active.
     *
     * @see https://developers.whmcs.com/payment-gateways/callbacks/ an inactive module has no `type`
     */
    public static function gatewaySettings(string $module): array
    {
        if (!function_exists('getGatewayVariables')) {
            App::load_function('gateway');
        }
        $settings = getGatewayVariables($module);

        return is_array($settings) && !empty($settings['type']) ? $settings : [];
    }

    /**
     * The client account that the visitor has selected: an object with `id`, perhaps `language`; null for a stranger.
     *
     * @see https://developers.whmcs.com/themes/navigation/ the menu's context
     * @see https://developers.whmcs.com/advanced/authentication/ CurrentUser, since 8.0
     */
    public static function client(): ?object
    {
        $client = class_exists(Menu::class) ? Menu::context('client') : null;
        if ($client !== null) {
            return $client;
        }
        if (class_exists(CurrentUser::class)) {
            return (new CurrentUser())->client();
        }

        return empty($_SESSION['uid']) ? null : (object) ['id' => $_SESSION['uid']];
    }

    /** Whether this client is the one who looks; before 8.0 WHMCS cannot say, and is believed. */
    public static function isVisitedBy(int $clientId): bool
    {
        if (!class_exists(CurrentUser::class)) {
            return true;
        }
        $client = (new CurrentUser())->client();

        return $client !== null && Link::id($client->id) === $clientId;
    }

    /**
     * The language to speak, 'es' or 'en': the one chosen on this visit, else the client's own, else Spanish.
     *
     * @param mixed $clientLanguage WHMCS's name of a language, such as 'english'; '' where the client has chosen none
     */
    public static function language($clientLanguage): string
    {
        $chosen = $_SESSION['Language'] ?? '';
        $language = is_string($chosen) && $chosen !== '' ? $chosen : $clientLanguage;

        return is_string($language) && stripos($language, 'english') === 0 ? 'en' : 'es';
    }

    /**
     * The language of the admin who looks, 'es' or 'en'; Spanish before 8.0, which cannot say whose it is.
     *
     * @see https://developers.whmcs.com/advanced/authentication/ CurrentUser::admin()
     */
    public static function adminLanguage(): string
    {
        $admin = class_exists(CurrentUser::class) ? (new CurrentUser())->admin() : null;
        $language = $admin === null ? '' : $admin->language ?? '';

        return is_string($language) && stripos($language, 'english') === 0 ? 'en' : 'es';
    }

    /**
     * WHMCS's own word, as the host may have changed it, in HTML; or ours, where this WHMCS has none.
     *
     * @see https://developers.whmcs.com/languages/overrides/
     */
    public static function word(string $key, string $otherwise): string
    {
        $word = class_exists(Lang::class) ? Lang::trans($key) : $key;
        if (!is_string($word) || trim($word) === '' || $word === $key) {
            return $otherwise;
        }

        // Byte by byte, whatever charset this WHMCS speaks; and what is escaped already stays as it is.
        return htmlspecialchars($word, ENT_QUOTES, 'ISO-8859-1', false);
    }

    /**
     * Tell the admin of a fault, in the activity log, once an hour. Where it happened and of which kind, never its
     * message: other people's messages may carry settings or a payer's data.
     */
    public static function log(Throwable $fault): void
    {
        self::tellHourly(get_class($fault) . ' (' . basename($fault->getFile()) . ':' . $fault->getLine() . ')');
    }

    /** A sentence that every page would have to tell: once an hour is enough. */
    public static function tellHourly(string $sentence): void
    {
        $now = time();
        $age = Since::seconds("told $sentence", $now);
        if ($age === null || $age >= self::HOUR) {
            Since::begin("told $sentence", $now);
            self::tell($sentence);
        }
    }

    /** A sentence for the admin, in the activity log. */
    public static function tell(string $sentence): void
    {
        try {
            if (function_exists('logActivity')) {
                logActivity("Wompi: $sentence", 0);
            }
        } catch (Throwable $ignored) {
            // The page matters more than the log.
        }
    }
}
