<?php

namespace WHMCS\Module\Addon\WompiBridge;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * What the bridge may draw inside WHMCS's admin area: ASCII, a short list of elements and attributes, forms that lead to
 * the addon, links that lead there, to WHMCS's own pages of an invoice and a client, or to WhatsApp. No script, no style,
 * no frame, no picture from elsewhere. Whatever is not on the lists refuses the whole page.
 */
final class Markup
{
    private const ELEMENTS = [
        'div', 'nav', 'section', 'article', 'h2', 'h3', 'p', 'span', 'strong', 'small', 'ul', 'ol', 'li', 'dl', 'dt', 'dd',
        'table', 'caption', 'thead', 'tbody', 'tr', 'th', 'td', 'a', 'form', 'fieldset', 'legend', 'label', 'input',
        'select', 'option', 'textarea', 'button', 'details', 'summary', 'code', 'time', 'br', 'svg', 'rect', 'path', 'title',
    ];

    /** Elements without an end. */
    private const VOID = ['input', 'br'];

    /** Elements of a drawing, which may close themselves. */
    private const SHAPES = ['rect', 'path'];

    /** Attributes whose value does no harm, whatever it is. */
    private const ATTRIBUTES = [
        'lang', 'role', 'scope', 'tabindex', 'title', 'datetime', 'value', 'for', 'maxlength', 'rows', 'autocomplete',
        'required', 'readonly', 'selected', 'multiple', 'accept', 'open', 'aria-label', 'aria-labelledby', 'aria-describedby', 'aria-current',
        'data-page', 'data-press', 'data-state', 'data-transaction', 'data-invoice', 'viewBox', 'preserveAspectRatio', 'x', 'y', 'width',
        'height', 'd',
    ];

    /** Attributes, and what their value may be. */
    private const VALUES = [
        'class' => '/\A(?:wc(?:-[a-z-]+)?(?: |\z))+\z/',
        // Not a name that a script of WHMCS looks for.
        'id' => '/\Awc-[a-z0-9-]+\z/',
        'name' => '/\A(?!token\z)[a-z_]{1,30}(?:\[\])?\z/',
        'type' => '/\A(?:hidden|text|search|date|submit|file)\z/',
        'enctype' => '/\Amultipart\/form-data\z/',
        'method' => '/\A(?:get|post)\z/',
        'action' => '/\Aaddonmodules\.php\?module=wompi_bridge(?:&amp;[a-z_]+=[A-Za-z0-9._~%+-]*)*\z/',
        'href' => '/\A(?:addonmodules\.php\?module=wompi_bridge(?:&amp;[a-z_]+=[A-Za-z0-9._~%+-]*)*'
            . '|invoices\.php\?action=edit&amp;id=[0-9]{1,10}|clientssummary\.php\?userid=[0-9]{1,10}'
            . '|https:\/\/wa\.me\/\?text=[A-Za-z0-9._~%-]*)\z/',
        'target' => '/\A_blank\z/',
        'rel' => '/\Anoopener noreferrer\z/',
    ];

    private const TAG = '~<(/?)([a-z][a-z0-9]*)((?:\s[a-zA-Z-]+(?:="[^"<>]*")?)*)\s*(/?)>~';

    /** Whether the page is of nothing but this, each element closed where it should be. */
    public static function isPlain(string $html): bool
    {
        if (preg_match('/[^\x20-\x7E\n\t]/', $html) === 1) {
            return false;
        }
        $open = [];
        // What is left beside the tags is text: in it nothing may begin one.
        $text = preg_replace_callback(self::TAG, static function (array $tag) use (&$open): string {
            return self::takes($open, $tag[1] === '/', $tag[2], $tag[3], $tag[4] === '/') ? '' : '<';
        }, $html);

        return is_string($text) && strpbrk($text, '<>') === false && $open === [];
    }

    /** The page with WHMCS's form token in every form that is posted. */
    public static function withToken(string $html, string $token): string
    {
        $field = '<input type="hidden" name="token" value="' . htmlspecialchars($token, ENT_QUOTES, 'ISO-8859-1') . '">';

        return (string) preg_replace_callback('~<form method="post"[^<>]*>~', static function (array $form) use ($field): string {
            return $form[0] . $field;
        }, $html);
    }

    /** Whether an address leads to a page of the addon. */
    public static function isWithin(string $address): bool
    {
        return preg_match('/\Aaddonmodules\.php\?module=wompi_bridge(?:&[a-z_]+=[A-Za-z0-9._~%+-]*)*\z/', $address) === 1;
    }

    /** Go on with one tag; false for one that is not to be printed. */
    private static function takes(array &$open, bool $isEnd, string $name, string $attributes, bool $isClosed): bool
    {
        if (!in_array($name, self::ELEMENTS, true) || ($isClosed && !in_array($name, self::SHAPES, true))) {
            return false;
        }
        if ($isEnd) {
            return $attributes === '' && !$isClosed && array_pop($open) === $name;
        }
        if (!$isClosed && !in_array($name, self::VOID, true)) {
            $open[] = $name;
        }

        return self::areHarmless($name, $attributes);
    }

    private static function areHarmless(string $element, string $text): bool
    {
        preg_match_all('~\s([a-zA-Z-]+)(?:="([^"<>]*)")?~', $text, $found, PREG_SET_ORDER);
        $values = [];
        foreach ($found as $attribute) {
            $name = $attribute[1];
            $value = $attribute[2] ?? '';
            $harmless = in_array($name, self::ATTRIBUTES, true)
                || (isset(self::VALUES[$name]) && preg_match(self::VALUES[$name], $value) === 1);
            if (!$harmless || isset($values[$name])) {
                return false;
            }
            $values[$name] = $value;
        }
        if (($values['name'] ?? '') === 'module' && ($values['value'] ?? '') !== 'wompi_bridge') {
            return false;
        }
        // A form leads where it says: by the method that carries the token, or by one that changes nothing.
        return $element !== 'form' || preg_match('~\A method="(?:get|post)" action="~', $text) === 1;
    }
}
