<?php

namespace WHMCS\Module\Gateway\Wompi;

use WHMCS\Database\Capsule;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * The merge fields `{$wompi_pay_link}`, which pays the invoice that an e-mail is about without signing in, and
 * `{$wompi_pay_all_link}`, which leads who owes more than one to all of them.
 *
 * Only of an invoice's template is `relid` an invoice's id; of a service's it is the service's, and the same number may
 * be a stranger's invoice. So WHMCS is asked what kind of template it is, whatever its name says.
 */
final class Mail
{
    private const ONE = 'wompi_pay_link';
    private const ALL = 'wompi_pay_all_link';

    private const NOTHING = [self::ONE => '', self::ALL => ''];

    /** WHMCS's own templates that ask for a payment, as every language calls them within; others by the setting. */
    private const TEMPLATES = [
        'Invoice Created',
        'Invoice Payment Reminder',
        'First Invoice Overdue Notice',
        'Second Invoice Overdue Notice',
        'Third Invoice Overdue Notice',
    ];

    /**
     * The fields for one e-mail: addresses, or '' where the invoice cannot be paid here, so that a template may ask.
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
        if ($bridge === null || !self::isOfInvoices($template)) {
            return self::NOTHING;
        }
        $invoice = Link::id($vars['relid'] ?? null);
        $client = Payable::clientOf($invoice, $bridge, $now);
        if ($client === 0 || !self::isFor($vars['mergefields'] ?? null, $invoice, $client)) {
            return self::NOTHING;
        }
        $several = Payable::dueOf($client, $bridge, $now)[0] > 1;

        return [
            self::ONE => $bridge->mailUrl($invoice, $client, $now),
            self::ALL => $several ? $bridge->mailListUrl($client, $now) : '',
        ];
    }

    /**
     * Whether this is an invoice's template: WHMCS says so, or says nothing of one that is its own.
     *
     * @see https://developers.whmcs.com/advanced/db-interaction/
     */
    private static function isOfInvoices(string $template): bool
    {
        $types = [];
        $rows = class_exists(Capsule::class) ? Capsule::table('tblemailtemplates')->where('name', $template)->get() : [];
        foreach ($rows as $row) {
            $types[] = $row->type ?? '';
        }

        return $types === [] ? self::isOwn($template) : array_unique($types) === ['invoice'];
    }

    private static function isOwn(string $template): bool
    {
        return in_array(strtolower($template), array_map('strtolower', self::TEMPLATES), true);
    }

    /**
     * Whether the e-mail goes to this client, and is about this invoice, as far as its own fields tell.
     *
     * @param mixed $fields WHMCS's merge fields: https://docs.whmcs.com/Email_Templates
     */
    private static function isFor($fields, int $invoice, int $client): bool
    {
        foreach (['client_id' => $client, 'invoice_id' => $invoice] as $name => $id) {
            $told = is_array($fields) ? Whmcs::text($fields, $name) : '';
            if ($told !== '' && $told !== (string) $id) {
                return false;
            }
        }

        return true;
    }

    /**
     * What the template editor says of the fields.
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

        return [
            self::ONE => 'Enlace para pagar con Wompi sin entrar / Link to pay with Wompi without signing in',
            self::ALL => 'Enlace para pagar todo lo pendiente, si debe más de uno / Link to pay all that is due, if more'
                . ' than one',
        ];
    }

    /** @return list<string> in lower case */
    private static function templates(array $settings): array
    {
        $names = array_merge(self::TEMPLATES, explode(',', Whmcs::text($settings, 'mailTemplates')));

        return array_map('strtolower', array_map('trim', $names));
    }
}
