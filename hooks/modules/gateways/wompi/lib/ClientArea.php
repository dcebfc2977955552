<?php

namespace WHMCS\Module\Gateway\Wompi;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * What the client area gets from us beside the button: an entry in the menu, a panel on the home page, and a notice on an
 * invoice's.
 *
 * A user may see only a part of a client's account. WHMCS has no documented way to ask which, but shows its own items
 * to those who may see the invoices and to nobody else: each of ours hangs on one of them.
 */
final class ClientArea
{
    private const WORDS = [
        'es' => [
            'list' => 'Mis avisos de cobro',
            'panel' => 'Pagar con Wompi',
            'due' => 'Saldo pendiente',
            'one' => 'Un aviso de cobro por pagar',
            'many' => '%d avisos de cobro por pagar',
            'pay' => 'Pagar ahora',
            'under way' => 'Ya hay un pago en curso',
            'wait' => 'Si paga de nuevo, se le puede cobrar dos veces. Cuando se confirme, este aviso de cobro quedará'
                . ' pagado sin que haga nada más.',
            'briefly' => 'Espere su resultado antes de pagar otra vez, también por otro medio.',
        ],
        'en' => [
            'list' => 'My unpaid invoices',
            'panel' => 'Pay with Wompi',
            'due' => 'Balance due',
            'one' => 'One invoice to pay',
            'many' => '%d invoices to pay',
            'pay' => 'Pay now',
            'under way' => 'A payment is already under way',
            'wait' => 'If you pay again, you may be charged twice. Once it is confirmed, this invoice will be paid without'
                . ' anything more from you.',
            'briefly' => 'Wait for its result before you pay again, by another method as well.',
        ],
    ];

    /** Nothing more is to be paid: WHMCS's own notice says so. */
    private const CLOSED = ['Paid', 'Cancelled', 'Refunded'];

    /**
     * Which of the themes' colours the notice has. White on the "warning" of Twenty-One and Nexus is 1.6 : 1, on "info"
     * 3.0 : 1; on this one it is 4.0 (Nexus) to 6.0 : 1, and Six has it too.
     */
    private const TONE = 'primary';

    /** The button stands on the page, and beside it the whole story: the notice above does not tell it twice. */
    private const WITH_BUTTON = ['Unpaid', 'Draft'];

    /** A button's colours of the themes are below WCAG AA, so it brings its own; see Button. */
    private const BUTTON_STYLE = 'display:inline-block;min-height:44px;padding:10px 20px;border-radius:6px;'
        . 'background:#14532d;color:#fff;font-weight:600;line-height:24px;text-decoration:none';

    /**
     * "Mis avisos de cobro", right below WHMCS's own invoices.
     *
     * @see https://developers.whmcs.com/themes/navigation/
     *
     * @param \WHMCS\View\Menu\Item $primaryNavbar
     */
    public static function navbar($primaryNavbar): void
    {
        $billing = $primaryNavbar->getChild('Billing');
        if ($billing === null || $billing->getChild('My Invoices') === null) {
            return;
        }
        $client = Whmcs::client();
        $bridge = $client === null ? null : Bridge::fromSettings(Whmcs::gatewaySettings('wompi'));
        if ($bridge === null) {
            return;
        }

        $billing->addChild('Wompi Unpaid Invoices', [
            'label' => self::WORDS[Whmcs::language($client->language ?? '')]['list'],
            'uri' => $bridge->listUrl(Link::id($client->id), time()),
            'order' => 15, // WHMCS counts its own by tens: this is right below the invoices.
        ]);
    }

    /**
     * The sum that can be paid here, and a button to the list, beside WHMCS's own panel of unpaid or overdue invoices.
     *
     * @see https://developers.whmcs.com/hooks-reference/client-area-interface/#clientareahomepagepanels
     *
     * @param \WHMCS\View\Menu\Item $panels
     */
    public static function homePanels($panels): void
    {
        $own = $panels->getChild('Overdue Invoices') ?? $panels->getChild('Unpaid Invoices');
        $client = $own === null ? null : Whmcs::client();
        $bridge = $client === null ? null : Bridge::fromSettings(Whmcs::gatewaySettings('wompi'));
        if ($bridge === null) {
            return;
        }
        $id = Link::id($client->id);
        [$count, $sum] = Payable::dueOf($id, $bridge, time());
        if ($count === 0) {
            return;
        }

        $words = self::WORDS[Whmcs::language($client->language ?? '')];
        // The themes leave the padding of a panel to its paragraphs, so what is in ours brings its own.
        $body = '<div style="padding:12px 15px 16px"><div>' . Whmcs::word('balancedue', $words['due']) . '</div>'
            . '<div style="font-size:24px;line-height:1.3;font-weight:700">' . $sum . '</div>'
            . '<div style="margin-bottom:12px">' . sprintf($words[$count === 1 ? 'one' : 'many'], $count) . '</div>'
            . '<a href="' . htmlspecialchars($bridge->listUrl($id, time()), ENT_QUOTES) . '" style="'
            . self::BUTTON_STYLE . '">' . Whmcs::word('invoicespaynow', $words['pay']) . '</a></div>';
        $panels->addChild('Wompi Unpaid Invoices', [
            'label' => $words['panel'],
            'icon' => 'fas fa-credit-card',
            'order' => (int) $own->getOrder() + 1,
            'extras' => ['color' => 'green'],
        ])->setBodyHtml($body);
    }

    /**
     * The notice above an invoice while a payment of it is under way, since WHMCS 9; before, nothing reads it. It stands
     * there on a "Payment Pending" invoice as well, which has no button and so no words of ours.
     *
     * @see https://developers.whmcs.com/hooks-reference/client-area-interface/#clientareapageviewinvoice
     *
     * @param mixed $vars the page's variables, `invoiceid` and `status` among them
     * @param int   $now  Unix seconds
     *
     * @return array<string, array<string, string>> plain text: the template escapes it
     */
    public static function invoiceNotice($vars, int $now): array
    {
        $vars = is_array($vars) ? $vars : [];
        $client = in_array(Whmcs::text($vars, 'status'), self::CLOSED, true) ? null : Whmcs::client();
        $bridge = $client === null ? null : Bridge::fromSettings(Whmcs::gatewaySettings('wompi'));
        if ($bridge === null) {
            return [];
        }
        $language = Whmcs::language($client->language ?? '');
        $status = Status::of($bridge, Link::id($vars['invoiceid'] ?? null), $language, $now);
        if ($status === null || !$status->isUnderWay) {
            return [];
        }
        $words = self::WORDS[$language];
        $whole = trim(Whmcs::plain($status->lastAttempt, Status::LONGEST_SENTENCE) . ' ' . $words['wait']);
        $message = in_array(Whmcs::text($vars, 'status'), self::WITH_BUTTON, true) ? $words['briefly'] : $whole;

        return ['customAlert' => ['type' => self::TONE, 'title' => $words['under way'], 'message' => $message]];
    }
}
