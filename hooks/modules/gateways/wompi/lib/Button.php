<?php

namespace WHMCS\Module\Gateway\Wompi;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * What an unpaid invoice shows: the box for the terms and the button, as one form that works without JavaScript, and
 * what became of the last attempt. While a payment is under way, the button stands behind a warning.
 */
final class Button
{
    /** HTML, with entities: a WHMCS may speak another charset than UTF-8. */
    private const WORDS = [
        'es' => [
            'accept' => 'Acepto los',
            'terms' => 't&eacute;rminos y condiciones',
            'tab' => ' (se abre en otra pesta&ntilde;a)',
            'pay' => 'Pagar con Wompi',
            'next' => 'El valor en pesos y la tasa de cambio se muestran en el siguiente paso, antes de pagar.',
            'last' => 'Su &uacute;ltimo intento:',
            'under way' => 'Ya hay un pago en curso',
            'wait' => 'Si paga de nuevo, se le puede cobrar dos veces. Cuando se confirme, este aviso de cobro'
                . ' quedar&aacute; pagado sin que haga nada m&aacute;s.',
            'look' => 'Consultar de nuevo',
            'anyway' => '&iquest;Necesita pagar de todos modos?',
            'risk' => 'H&aacute;galo solo si est&aacute; seguro de que el otro pago no se complet&oacute;. Si ambos se'
                . ' aprueban, el excedente queda como saldo a favor en su cuenta.',
            'insist' => 'S&eacute; que hay un pago en curso, y quiero hacer otro',
            'pay anyway' => 'Pagar de todos modos',
            'part' => 'Pagar solo una parte',
        ],
        'en' => [
            'accept' => 'I accept the',
            'terms' => 'terms and conditions',
            'tab' => ' (opens in a new tab)',
            'pay' => 'Pay with Wompi',
            'next' => 'The amount in pesos and the exchange rate are shown in the next step, before you pay.',
            'last' => 'Your last attempt:',
            'under way' => 'A payment is already under way',
            'wait' => 'If you pay again, you may be charged twice. Once it is confirmed, this invoice will be paid'
                . ' without anything more from you.',
            'look' => 'Check again',
            'anyway' => 'Do you need to pay anyway?',
            'risk' => 'Do so only if you are sure that the other payment was not completed. If both are approved, the'
                . ' surplus becomes credit on your account.',
            'insist' => 'I know that a payment is under way, and want to make another one',
            'pay anyway' => 'Pay anyway',
            'part' => 'Pay a part only',
        ],
    ];

    /**
     * The invoice page of the three themes is a document of its own, without the head and foot that hooks can write to
     * (viewinvoice.tpl of six, twenty-one and nexus), so the style travels with the form. The theme's own button classes are
     * left alone: white on their green is below WCAG AA. The two-coloured focus ring shows on light and dark.
     */
    private const STYLE = '.wompi-pay{max-width:22em;margin:12px auto;font-size:15px;line-height:1.4;text-align:left}'
        . '.wompi-pay label{display:flex;align-items:flex-start;margin:0 0 12px;font-weight:400;cursor:pointer}'
        . '.wompi-pay input{flex:none;width:20px;height:20px;margin:0 10px 0 0}'
        . '.wompi-pay a{color:inherit;text-decoration:underline}'
        . '.wompi-pay button{display:block;width:100%;min-height:44px;padding:10px 16px;border:0;border-radius:6px;'
        . 'background:#14532d;color:#fff;font:inherit;font-weight:600;cursor:pointer}'
        . '.wompi-pay button:hover{background:#166534}'
        . '.wompi-pay :focus-visible,.wompi-note :focus-visible{outline:3px solid #1d4ed8;outline-offset:2px;'
        . 'box-shadow:0 0 0 2px #fff}'
        . '.wompi-pay p,.wompi-note p{margin:0 0 8px}'
        . '.wompi-note{max-width:26em;margin:12px auto;padding:14px 16px;border:1px solid #b45309;border-radius:6px;'
        . 'background:#fffbeb;color:#422006;font-size:15px;line-height:1.45;text-align:left}'
        . '.wompi-note .wompi-note-title{font-size:17px;font-weight:700}'
        . '.wompi-note>a,.wompi-note summary{display:block;padding:10px 0;color:inherit;text-decoration:underline;'
        . 'cursor:pointer}'
        . '.wompi-note .wompi-pay{max-width:none;margin:4px 0 0}'
        . '.wompi-note .wompi-pay button{background:#fff;color:#422006;border:1px solid #b45309}'
        . '.wompi-note .wompi-pay button:hover{background:#fef3c7}'
        . '.wompi-pay-aside{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);'
        . 'white-space:nowrap}'
        . '@media print{.wompi-pay{display:none}}';

    private const ANCHOR_STYLE = 'display:inline-block;padding:12px 20px;border-radius:6px;background:#14532d;'
        . 'color:#fff;font-weight:bold;text-decoration:none';

    /**
     * @param array $params what WHMCS hands to `wompi_link`:
     *                      https://developers.whmcs.com/payment-gateways/third-party-gateway/
     * @param int   $now    Unix seconds
     *
     * @return string HTML; '' where the invoice cannot be paid through Wompi
     */
    public static function html(array $params, int $now): string
    {
        $bridge = Bridge::fromSettings($params);
        if ($bridge === null || !self::isPayable($params)) {
            return '';
        }

        $details = is_array($params['clientdetails'] ?? null) ? $params['clientdetails'] : [];
        $invoice = Link::id($params['invoiceid'] ?? null);
        $client = self::clientId($details);
        $language = Whmcs::language($details['language'] ?? '');

        $currency = Whmcs::text($params, 'currency');
        $isVisited = Whmcs::isVisitedBy($client);
        $status = $isVisited || $currency !== Pesos::CURRENCY ? Status::of($bridge, $invoice, $language, $now) : null;
        // Only the bridge knows which other currencies it takes, so its silence hides their button.
        if ($currency !== Pesos::CURRENCY && ($status === null || !$status->takesCurrency($currency))) {
            return '';
        }
        if ($status !== null && !$status->takesPaymentsOf($client)) {
            return '';
        }
        // WHMCS also calls us for the merge field {$invoice_payment_link}, whose e-mail anyone may end up reading.
        if (!$isVisited) {
            return self::anchor($bridge->mailUrl($invoice, $client, $now), $language);
        }
        $isUnderWay = $status !== null && $status->isUnderWay;
        $last = $status === null ? '' : self::plain($status->lastAttempt);
        $payUrl = $bridge->payUrl($invoice, $client, $now);
        $form = $currency === Pesos::CURRENCY
            ? self::form($payUrl, self::termsUrl($params), $language, $isUnderWay)
            : self::way($payUrl, $language);

        if (!$isUnderWay && $currency === Pesos::CURRENCY && $status !== null && $status->takesParts) {
            $form .= self::part($payUrl, $language);
        }

        return '<style>' . self::STYLE . '</style>'
            . ($isUnderWay ? self::warning($last, $form, $language) : self::attempt($last, $language) . $form);
    }

    /**
     * In pesos, and enough of them, or in another currency. With "Convert To For Processing" WHMCS hands us a converted
     * amount, and the invoice's currency as `basecurrency`. Such an invoice is not ours: what is booked must be in the
     * invoice's own currency.
     */
    private static function isPayable(array $params): bool
    {
        $currency = Whmcs::text($params, 'currency');
        $cents = Amount::cents(Whmcs::text($params, 'amount'));
        $isEnough = $currency === Pesos::CURRENCY ? $cents > (Pesos::MINIMUM - 1) * 100 : $cents > 0;

        return ($currency === Pesos::CURRENCY || Amount::isForeign($currency))
            && in_array(Whmcs::text($params, 'basecurrency'), ['', $currency], true)
            && $isEnough;
    }

    /** Only `model` is documented; the other names are what versions of WHMCS are seen to send. */
    private static function clientId(array $client): int
    {
        return Link::id($client['model']->id ?? $client['userid'] ?? $client['client_id'] ?? $client['id'] ?? null);
    }

    /** Where the terms are: the setting, else the client area; '' where neither is an address of the web. */
    private static function termsUrl(array $params): string
    {
        $choices = [Whmcs::text($params, 'termsUrl'), rtrim(Whmcs::text($params, 'systemurl'), '/') . '/'];
        foreach ($choices as $url) {
            if (self::isWebAddress($url)) {
                return $url;
            }
        }

        return '';
    }

    /** An absolute address that a browser opens as a page, and nothing else that HTML could misread. */
    public static function isWebAddress(string $url): bool
    {
        return preg_match('~\Ahttps?://[^/\s<>"\'\\\\][^\s<>"\'\\\\]*\z~i', $url) === 1;
    }

    /** @param string $last HTML; '' while there is nothing to tell */
    private static function attempt(string $last, string $language): string
    {
        return $last === '' ? '' : '<div class="wompi-pay" lang="' . $language . '"><p><b>'
            . self::WORDS[$language]['last'] . "</b> $last</p></div>";
    }

    /** In the button's place while a payment is under way: what is known of it, and the form for who insists. */
    private static function warning(string $last, string $form, string $language): string
    {
        $words = self::WORDS[$language];

        // The empty address is this very page.
        return '<div class="wompi-note" lang="' . $language . '"><p class="wompi-note-title">' . $words['under way'] . '</p>'
            . ($last === '' ? '' : "<p>$last</p>")
            . '<p>' . $words['wait'] . '</p><a href="">' . $words['look'] . '</a>'
            . '<details><summary>' . $words['anyway'] . '</summary><p>' . $words['risk'] . "</p>$form</details></div>";
    }

    /** @param bool $again the payer must say that they know of the payment under way */
    private static function form(string $action, string $termsUrl, string $language, bool $again): string
    {
        $words = self::WORDS[$language];
        $terms = $words['terms'];
        if ($termsUrl !== '') {
            $terms = '<a href="' . self::escape($termsUrl) . '" target="_blank" rel="noopener">' . $terms
                . '<span class="wompi-pay-aside">' . $words['tab'] . '</span></a>';
        }

        // `no-icheck` keeps a theme's script from hiding the box. No control may be named "submit": the page after the
        // checkout calls form.submit(), which a control of that name would replace (forwardpage.tpl).
        return '<form class="wompi-pay" lang="' . $language . '" method="post" action="' . self::escape($action) . '">'
            . ($again ? self::box('anyway', 'yes', $words['insist']) : '')
            . self::box('terms', 'accepted', $words['accept'] . ' ' . $terms)
            . '<button type="submit">' . $words[$again ? 'pay anyway' : 'pay'] . '</button>'
            . '</form>';
    }

    /** Where less than the balance may be paid: the way to the page that asks how much, and says what goes on. */
    private static function part(string $href, string $language): string
    {
        return '<p class="wompi-pay" lang="' . $language . '"><a href="' . self::escape($href) . '">'
            . self::WORDS[$language]['part'] . '</a></p>';
    }

    /** In another currency: on to the bridge's page, because the payer must see pesos and rate before accepting. */
    private static function way(string $action, string $language): string
    {
        $words = self::WORDS[$language];

        return '<form class="wompi-pay" lang="' . $language . '" method="get" action="' . self::escape($action) . '">'
            . '<p>' . $words['next'] . '</p><button type="submit">' . $words['pay'] . '</button></form>';
    }

    /** A box that must be ticked. One that is posted by a script on the page after the checkout is not. */
    private static function box(string $name, string $value, string $words): string
    {
        return '<label><input type="checkbox" class="no-icheck" name="' . $name . '" value="' . $value . '" required>'
            . "<span>$words</span></label>";
    }

    /** For an e-mail, where programs take forms and style sheets away. */
    private static function anchor(string $href, string $language): string
    {
        return '<a lang="' . $language . '" href="' . self::escape($href) . '" style="' . self::ANCHOR_STYLE . '">'
            . self::WORDS[$language]['pay'] . '</a>';
    }

    /** The bridge's words as HTML in ASCII; what has no name in HTML becomes a space. */
    private static function plain(string $text): string
    {
        $html = htmlentities($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');

        return trim((string) preg_replace('/[^\x20-\x7E]+/', ' ', $html));
    }

    private static function escape(string $text): string
    {
        return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
    }
}
