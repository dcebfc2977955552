<?php

namespace WHMCS\Module\Gateway\Wompi;

use RuntimeException;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/**
 * What the admin area gets from us: the payments on an invoice's page, and how many wait for a person.
 *
 * The bridge is asked while the page is being made, so it has less than a second; whatever goes wrong costs our part of
 * the page and nothing else.
 */
final class AdminArea
{
    /** How long a page of WHMCS waits for the bridge, in milliseconds; well within the second that it may cost. */
    private const MILLISECONDS = 800;

    /** HTML, with entities: a WHMCS may speak another charset than UTF-8. */
    private const WORDS = [
        'es' => [
            'title' => 'Pagos con Wompi',
            'at' => 'Hora de Colombia',
            'amount' => 'Valor',
            'method' => 'Medio',
            'status' => 'En Wompi',
            'state' => 'En el puente',
            'transaction' => 'Transacci&oacute;n',
            'none' => 'Nadie ha intentado pagar este aviso de cobro con Wompi.',
            'silent' => 'El puente no responde ahora: aqu&iacute; no se puede ver si hay pagos. Intente de nuevo en un'
                . ' momento; si sigue as&iacute;, ejecute <code>wompi-bridge doctor</code>.',
            'refused' => 'El puente rechaza la firma de WHMCS: compare el secreto con BRIDGE_SECRET, y los dos'
                . ' relojes.',
            'settings' => 'Faltan la direcci&oacute;n o el secreto del puente en la configuraci&oacute;n de la pasarela.',
            'trail' => 'Ver el rastro de cada pago',
            'review' => 'Ver la frase y el comando que lo resuelve',
            'review_page' => 'Ver qu&eacute; se necesita',
            'settle' => 'Ver qu&eacute; pas&oacute; y resolverlo',
            'console' => 'Abrir la consola de Wompi',
            'waiting_none' => 'Ning&uacute;n pago espera a una persona.',
            'waiting_one' => '1 pago espera a una persona.',
            'waiting_many' => '%d pagos esperan a una persona.',
            'tab' => ' (se abre en otra pesta&ntilde;a)',
            'due' => 'En espera',
            'posting' => 'Registr&aacute;ndose',
            'posted' => 'Registrado',
            'closed' => 'Sin dinero',
            'voided' => 'Anulado',
            'left' => 'Cerrado',
            'held' => 'Espera a una persona',
            'second' => 'Segundo pago, con saldo a favor',
        ],
        'en' => [
            'title' => 'Payments with Wompi',
            'at' => 'Colombian time',
            'amount' => 'Amount',
            'method' => 'Method',
            'status' => 'At Wompi',
            'state' => 'At the bridge',
            'transaction' => 'Transaction',
            'none' => 'Nobody has tried to pay this invoice with Wompi.',
            'silent' => 'The bridge does not answer now, so payments cannot be shown here. Try again in a moment; if it'
                . ' stays so, run <code>wompi-bridge doctor</code>.',
            'refused' => 'The bridge refuses the signature of WHMCS: compare the secret with BRIDGE_SECRET, and the two'
                . ' clocks.',
            'settings' => 'The address or the secret of the bridge is missing in the settings of the gateway.',
            'trail' => 'See the trail of each payment',
            'review' => 'See the sentence and the command that settles it',
            'review_page' => 'See what is needed',
            'settle' => 'See what happened, and settle it',
            'console' => 'Open the Wompi console',
            'waiting_none' => 'No payment waits for a person.',
            'waiting_one' => '1 payment waits for a person.',
            'waiting_many' => '%d payments wait for a person.',
            'tab' => ' (opens in a new tab)',
            'due' => 'Waiting',
            'posting' => 'Being booked',
            'posted' => 'Booked',
            'closed' => 'No money',
            'voided' => 'Voided',
            'left' => 'Closed',
            'held' => 'Waits for a person',
            'second' => 'Second payment, credit left over',
        ],
    ];

    /** Each state of a payment: its word, and its colours: text on a ground, 4.5 : 1 and more (WCAG AA). */
    private const STATES = [
        'due' => ['due', '#24508f', '#e6eefb'],
        'posting' => ['posting', '#774800', '#fff2d8'],
        'posted' => ['posted', '#0a6637', '#e3f4ea'],
        'closed' => ['closed', '#4b5563', '#eef0f3'],
        'review' => ['held', '#a01f18', '#fdeae8'],
        'second' => ['second', '#774800', '#fff2d8'],
    ];

    /** Closed, and yet money came: it went back, or a person left it as it is. */
    private const CLOSED = ['VOIDED' => 'voided', 'APPROVED' => 'left'];

    /** The admin area's own tables turn into something else at every version, so the style travels with the panel. */
    private const STYLE = '.wompi-admin{margin:12px 0;padding:12px 16px;border:1px solid #d5d9df;border-radius:6px;'
        . 'background:#fff;color:#1a1d21;font-size:13px;line-height:1.5;text-align:left;overflow-x:auto}'
        . '.wompi-admin h3{margin:0 0 6px;font-size:15px;font-weight:600;line-height:1.4}'
        . '.wompi-admin table{width:100%;border-collapse:collapse}'
        . '.wompi-admin th,.wompi-admin td{padding:6px 16px 6px 0;border-top:1px solid #e5e7eb;text-align:left;'
        . 'white-space:nowrap}'
        . '.wompi-admin thead th{border-top:0;color:#555c66;font-weight:400}'
        . '.wompi-admin .wompi-num{text-align:right;font-variant-numeric:tabular-nums}'
        . '.wompi-admin .wompi-tag{display:inline-block;padding:0 8px;border-radius:99px;font-weight:600}'
        . '.wompi-admin p{margin:8px 0 0}'
        . '.wompi-admin a{color:#1d4ed8;text-decoration:underline}';

    /**
     * The panel on an invoice's page: one line for each of its payments, and the way to their trail.
     *
     * @see https://developers.whmcs.com/hooks-reference/output/#admininvoicescontrolsoutput
     *
     * @param mixed $vars WHMCS's argument: `invoiceid`, `userid`, `paymentmethod` and the sums
     * @param int   $now  Unix seconds
     *
     * @return string HTML; '' for an invoice of another gateway that nobody tried to pay here
     */
    public static function invoicePanel($vars, int $now): string
    {
        $vars = is_array($vars) ? $vars : [];
        $settings = Whmcs::gatewaySettings('wompi');
        if ($settings === []) {
            return '';
        }
        $isOurs = Whmcs::text($vars, 'paymentmethod') === 'wompi';
        $words = self::WORDS[Whmcs::adminLanguage()];
        $bridge = Bridge::fromSettings($settings);
        if ($bridge === null) {
            return $isOurs ? self::panel($words, '<p>' . $words['settings'] . '</p>') : '';
        }

        $invoice = Link::id($vars['invoiceid'] ?? null);
        $client = Link::id($vars['userid'] ?? null);
        try {
            $attempts = self::attempts($bridge, $invoice, $now);
        } catch (RuntimeException $fault) {
            $why = $fault->getCode() === 401 ? 'refused' : 'silent';

            return $isOurs ? self::panel($words, '<p>' . $words[$why] . '</p>') : '';
        }
        if ($attempts === []) {
            return $isOurs ? self::panel($words, '<p>' . $words['none'] . '</p>') : '';
        }

        $isHeld = in_array('review', array_column($attempts, 'state'), true);
        $link = self::hasConsole() ? self::console("trail&of=$invoice", $words[$isHeld ? 'settle' : 'trail'])
            : self::anchor($bridge->trailUrl($invoice, $client, $now), $words[$isHeld ? 'review' : 'trail'], $words);

        return self::panel($words, self::table($attempts, $words) . "<p>$link</p>");
    }

    /** Whether the gateway is in use in this WHMCS at all. */
    public static function isActive(): bool
    {
        return Whmcs::gatewaySettings('wompi') !== [];
    }

    /** How many payments wait for a person; null while the bridge cannot be asked. */
    public static function waiting(int $now): ?int
    {
        $bridge = Bridge::fromSettings(Whmcs::gatewaySettings('wompi'));
        try {
            $answer = $bridge === null ? [] : $bridge->ask('/review', ['language' => 'es'], self::MILLISECONDS, $now);
        } catch (RuntimeException $fault) {
            return null;
        }
        $count = $answer['waiting'] ?? null;

        return is_int($count) && $count >= 0 ? $count : null;
    }

    /** What the dashboard's widget shows of that number, with a fresh link to the bridge's page. */
    public static function waitingHtml(?int $count, int $now): string
    {
        $words = self::WORDS[Whmcs::adminLanguage()];
        $bridge = Bridge::fromSettings(Whmcs::gatewaySettings('wompi'));
        if ($bridge === null || $count === null) {
            return '<p>' . $words[$bridge === null ? 'settings' : 'silent'] . '</p>';
        }
        $hasConsole = self::hasConsole();
        if ($count === 0) {
            $more = $hasConsole ? '<p>' . self::console('today', $words['console']) . '</p>' : '';

            return '<p>' . $words['waiting_none'] . "</p>$more";
        }
        $sentence = $count === 1 ? $words['waiting_one'] : sprintf($words['waiting_many'], $count);

        return "<p><strong>$sentence</strong></p><p>" . ($hasConsole ? self::console('review', $words['settle'])
            : self::anchor($bridge->reviewUrl($now), $words['review_page'], $words)) . '</p>';
    }

    /** Whether the addon is there and active: its pages show more than the bridge's own, and can settle a payment. */
    private static function hasConsole(): bool
    {
        $active = $GLOBALS['CONFIG']['ActiveAddonModules'] ?? '';

        return is_string($active) && in_array('wompi_bridge', array_map('trim', explode(',', $active)), true)
            && is_file(dirname(__DIR__, 3) . '/addons/wompi_bridge/wompi_bridge.php');
    }

    /** A link to one of the addon's pages, within WHMCS: its own roles say who may open it. */
    private static function console(string $page, string $text): string
    {
        return '<a href="' . self::html("addonmodules.php?module=wompi_bridge&page=$page") . "\">$text</a>";
    }

    /**
     * @throws RuntimeException when the bridge does not tell the payments of this invoice
     *
     * @return list<array<string, mixed>>
     */
    private static function attempts(Bridge $bridge, int $invoice, int $now): array
    {
        $question = ['invoice_id' => $invoice, 'language' => Whmcs::adminLanguage()];
        $answer = $bridge->ask('/status', $question, self::MILLISECONDS, $now);
        $attempts = $answer['attempts'] ?? null;
        if (($answer['invoice_id'] ?? null) !== $invoice || !is_array($attempts)) {
            throw new RuntimeException('the bridge answered something else');
        }

        return array_values(array_filter($attempts, 'is_array'));
    }

    private static function panel(array $words, string $body): string
    {
        return '<style>' . self::STYLE . '</style><div class="wompi-admin"><h3>' . $words['title'] . "</h3>$body</div>";
    }

    private static function table(array $attempts, array $words): string
    {
        $head = '';
        // What matters most stands first: on a telephone the rest is reached by scrolling.
        foreach (['at', 'state', 'amount', 'method', 'status', 'transaction'] as $name) {
            $class = $name === 'amount' ? ' class="wompi-num"' : '';
            $head .= "<th scope=\"col\"$class>" . $words[$name] . '</th>';
        }
        $rows = '';
        foreach ($attempts as $attempt) {
            $state = self::text($attempt, 'state');
            if ($state === 'posted' && is_int($attempt['surplus_in_cents'] ?? null)) {
                $state = 'second';
            }
            [$word, $color, $ground] = self::STATES[$state] ?? ['due', '#4b5563', '#eef0f3'];
            if ($word === 'closed') {
                $word = self::CLOSED[self::text($attempt, 'status')] ?? $word;
            }
            $rows .= '<tr><td>' . self::moment($attempt['at'] ?? null) . '</td>'
                . "<td><span class=\"wompi-tag\" style=\"color:$color;background:$ground\">" . $words[$word] . '</span></td>'
                . '<td class="wompi-num">' . self::amount($attempt['amount_in_cents'] ?? null) . '</td>'
                . '<td>' . self::html(self::text($attempt, 'method')) . '</td>'
                . '<td>' . self::html(self::text($attempt, 'status')) . '</td>'
                . '<td><code>' . self::html(self::text($attempt, 'transaction_id')) . '</code></td></tr>';
        }

        return "<table><thead><tr>$head</tr></thead><tbody>$rows</tbody></table>";
    }

    /** The bridge's time in Colombia, which has had no summer time since 1993; '' while there is none. */
    private static function moment($at): string
    {
        $seconds = is_string($at) ? strtotime($at) : false;

        return $seconds === false ? '' : gmdate('Y-m-d H:i', $seconds - 5 * 3600);
    }

    private static function amount($cents): string
    {
        return is_int($cents) && $cents >= 0 ? Amount::html($cents, Pesos::CURRENCY) : '';
    }

    private static function text(array $attempt, string $name): string
    {
        $value = $attempt[$name] ?? '';

        return is_string($value) ? $value : '';
    }

    private static function anchor(string $url, string $text, array $words): string
    {
        return '<a href="' . self::html($url) . '" target="_blank" rel="noopener noreferrer">' . $text . '<span class="sr-only">'
            . $words['tab'] . '</span></a>';
    }

    /** Text of the bridge as HTML in ASCII: what has no entity is left out. */
    private static function html(string $text): string
    {
        $html = htmlentities($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');

        return trim((string) preg_replace('/[^\x20-\x7E]+/', ' ', $html));
    }
}
