<?php

namespace WHMCS\Module\Gateway\Wompi;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/** The merge field `{$wompi_pay_link}`: pays the invoice that an e-mail is about, without signing in. */
final class Mail
{
    private const FIELD = 'wompi_pay_link';

    /** WHMCS's own templates that ask for a payment, as every language calls them within; others by the setting. */
    private const TEMPLATES = [
        'Invoice Created',
        'Invoice Payment Reminder',
        'First Invoice Overdue Notice',
        'Second Invoice Overdue Notice',
        'Third Invoice Overdue Notice',
    ];

    /**
     * The field for one e-mail: an address, or '' where the invoice cannot be paid here, so that a template may ask.
     *
     * WHMCS sends e-mails from its cron job and from API calls, where nobody is signed in: the link stands for itself.
     *
     * @see https://developers.whmcs.com/hooks-reference/everything-else/#emailpresend
     *
     * @param mixed $vars `messagename`, `relid` (of an invoice's template the invoice's id) and `mergefields`
     *
     * @return array<string, string>
     */
    public static function fields($vars, int $now): array
    {
        $settings = Whmcs::gatewaySettings('wompi');
        $template = is_array($vars) ? Whmcs::text($vars, 'messagename') : '';
        if ($template === '' || !in_array(strtolower($template), self::templates($settings), true)) {
            return [];
        }
        $bridge = Bridge::fromSettings($settings);
        if ($bridge === null) {
            return [self::FIELD => ''];
        }
        $invoice = Link::id($vars['relid'] ?? null);
        $client = Payable::clientOf($invoice);

        return [self::FIELD => $client === 0 ? '' : $bridge->mailUrl($invoice, $client, $now)];
    }

    /**
     * What the template editor says of the field.
     *
     * @see https://developers.whmcs.com/hooks-reference/everything-else/#emailtplmergefields
     *
     * @param mixed $vars `type` of the template that is being edited
     *
     * @return array<string, string>
     */
    public static function described($vars): array
    {
        if (!is_array($vars) || Whmcs::text($vars, 'type') !== 'invoice') {
            return [];
        }

        return [self::FIELD => 'Enlace para pagar con Wompi sin entrar / Link to pay with Wompi without signing in'];
    }

    /** @return list<string> in lower case */
    private static function templates(array $settings): array
    {
        $names = array_merge(self::TEMPLATES, explode(',', Whmcs::text($settings, 'mailTemplates')));

        return array_map('strtolower', array_map('trim', $names));
    }
}
