<?php

namespace WHMCS\Module\Addon\WompiBridge;

use RuntimeException;
use Throwable;
use WHMCS\Authentication\CurrentUser;
use WHMCS\Billing\Invoice;
use WHMCS\Module\Gateway\Wompi\Bridge;
use WHMCS\Module\Gateway\Wompi\Proof;
use WHMCS\Module\Gateway\Wompi\Whmcs;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

/** One page of the console: WHMCS's request goes to the bridge as one signed call, and its answer is printed. */
final class Console
{
    /** How long a page may take, and a press that settles a payment at Wompi and in WHMCS, in milliseconds. */
    private const PAGE_MILLISECONDS = 20000;
    private const PRESS_MILLISECONDS = 110000;

    /** The permission of WHMCS's that lets an admin book payments by hand. */
    private const MONEY = 'Add Transaction';

    /** Bytes of all files that are handed over at a time; the same as in whmcs_bridge/console/calls.py. */
    private const MOST_UPLOADED = 700000;
    private const MOST_FILES = 31;

    private const LONGEST_FIELD = 2000;
    private const MOST_FIELDS = 30;
    private const MOST_NUMBERS = 20;

    private const WORDS = [
        'es' => [
            'settings' => 'Faltan la direcci&oacute;n o el secreto del puente en la configuraci&oacute;n de la pasarela Wompi.',
            'silent' => 'El puente no responde ahora. Los pagos no se pierden: Wompi avisa otra vez. Si sigue as&iacute;,'
                . ' ejecute <code>wompi-bridge doctor</code> en su servidor.',
            'pressed' => 'El puente no respondi&oacute; a tiempo, y no se sabe si la orden se cumpli&oacute;. Abra de nuevo la'
                . ' p&aacute;gina y mire c&oacute;mo qued&oacute; antes de repetirla: no se registra nada dos veces.',
            'refused' => 'El puente rechaza la firma de WHMCS: compare el secreto con BRIDGE_SECRET, y los dos relojes.',
            'odd' => 'El puente respondi&oacute; algo que no se debe mostrar. Ejecute <code>wompi-bridge hooks install</code>'
                . ' y revise la direcci&oacute;n del puente.',
            'token' => 'El formulario ya no era v&aacute;lido, y no se hizo nada. Abra la p&aacute;gina de nuevo.',
            'large' => 'Los archivos son muy grandes, y no se hizo nada: hasta 700 kB entre todos, y PHP o el proxy pueden aceptar'
                . ' menos. En el servidor del puente: <code>wompi-bridge settlements import ARCHIVO</code>.',
            'broken' => 'Un archivo no lleg&oacute; completo a WHMCS, y no se hizo nada. S&uacute;balo de nuevo.',
            'nobody' => 'WHMCS no dice qui&eacute;n es usted, y no se muestra nada.',
            'last' => 'Lo &uacute;ltimo que se supo, el',
            'again' => 'Abrir de nuevo',
        ],
        'en' => [
            'settings' => 'The address or the secret of the bridge is missing in the settings of the gateway Wompi.',
            'silent' => 'The bridge does not answer now. Payments are not lost: Wompi tells again. If it stays so, run'
                . ' <code>wompi-bridge doctor</code> on its server.',
            'pressed' => 'The bridge did not answer in time, and whether the order was carried out is not known. Open the page'
                . ' again and see how it stands before you repeat it: nothing is booked twice.',
            'refused' => 'The bridge refuses the signature of WHMCS: compare the secret with BRIDGE_SECRET, and the two clocks.',
            'odd' => 'The bridge answered something that is not to be shown. Run <code>wompi-bridge hooks install</code> and look'
                . ' at the address of the bridge.',
            'token' => 'The form was no longer valid, and nothing was done. Open the page again.',
            'large' => 'The files are too large, and nothing was done: up to 700 kB together, and PHP or the proxy may take less.'
                . ' On the bridge\'s server: <code>wompi-bridge settlements import FILE</code>.',
            'broken' => 'A file did not reach WHMCS whole, and nothing was done. Upload it again.',
            'nobody' => 'WHMCS does not say who you are, and nothing is shown.',
            'last' => 'What was known last,',
            'again' => 'Open again',
        ],
    ];

    /** Print the page, hand on a file, or lead to another page. */
    public static function show(int $now): void
    {
        $words = self::WORDS[Whmcs::adminLanguage()];
        $isPress = ($_SERVER['REQUEST_METHOD'] ?? 'GET') !== 'GET';
        // PHP drops the whole form, its token included, where it is longer than `post_max_size`.
        if ($isPress && $_POST === [] && (int) ($_SERVER['CONTENT_LENGTH'] ?? 0) > 0) {
            self::say('large', $words, 0);

            return;
        }
        if ($isPress && !self::isTokenGood()) {
            self::say('token', $words, 0);

            return;
        }
        $admin = self::admin();
        $bridge = Bridge::fromSettings(Whmcs::gatewaySettings('wompi'));
        if ($admin === null || $bridge === null) {
            self::say($admin === null ? 'nobody' : 'settings', $words, 0);

            return;
        }
        $files = $isPress ? self::files() : [];
        if (is_string($files)) {
            self::say($files, $words, 0);

            return;
        }
        try {
            $answer = new Answer($bridge->askSigned('/console', self::question($isPress, $admin, $files), $isPress
                ? self::PRESS_MILLISECONDS : self::PAGE_MILLISECONDS, $now));
        } catch (RuntimeException $fault) {
            // The code is the status, and 0 silence. Of a press only a refusal says that it was not carried out.
            $otherwise = $isPress ? 'pressed' : 'odd';
            $why = [0 => $isPress ? 'pressed' : 'silent', 401 => 'refused', 413 => 'large'][$fault->getCode()] ?? $otherwise;
            if ($fault->getCode() !== 0 && $why === $otherwise) {
                Whmcs::tellHourly($fault->getMessage());
            }
            self::say($why, $words, $why === 'silent' ? $now : 0);

            return;
        }
        self::hand($answer, $now);
    }

    /** WHMCS's own check ends the request; whatever else it does or is not there means no. */
    private static function isTokenGood(): bool
    {
        try {
            return function_exists('check_token') && check_token('WHMCS.admin.default') !== false;
        } catch (Throwable $fault) {
            return false;
        }
    }

    /** @return array{id: int, name: string, may: list<string>}|null null for nobody */
    private static function admin(): ?array
    {
        $id = $_SESSION['adminid'] ?? 0;
        if (!is_numeric($id) || (int) $id <= 0) {
            return null;
        }
        $name = '';
        if (class_exists(CurrentUser::class)) {
            $admin = (new CurrentUser())->admin();
            $name = $admin === null ? '' : trim(($admin->firstname ?? '') . ' ' . ($admin->lastname ?? ''));
        }

        return ['id' => (int) $id, 'name' => self::utf8($name, 100), 'may' => self::mayMoveMoney() ? ['money'] : []];
    }

    private static function mayMoveMoney(): bool
    {
        try {
            return function_exists('checkPermission') && checkPermission(self::MONEY, true) === true;
        } catch (Throwable $fault) {
            return false;
        }
    }

    /**
     * What was uploaded, by the names of the form's fields.
     *
     * @return array<string, list<array{name: string, body: string}>>|string a word for why nothing is handed on
     */
    private static function files()
    {
        $files = [];
        $bytes = 0;
        $count = 0;
        foreach ($_FILES as $field => $given) {
            if (preg_match('/\A[a-z_]{1,30}\z/', (string) $field) !== 1 || !is_array($given)) {
                continue;
            }
            // One file is told by words, several by lists of the same.
            foreach ((array) ($given['error'] ?? []) as $place => $error) {
                if ($error === UPLOAD_ERR_NO_FILE) {
                    continue;
                }
                $path = ((array) $given['tmp_name'])[$place] ?? '';
                $isLarge = $error === UPLOAD_ERR_INI_SIZE || $error === UPLOAD_ERR_FORM_SIZE;
                if (!$isLarge && ($error !== UPLOAD_ERR_OK || !is_string($path) || !is_uploaded_file($path))) {
                    return 'broken';
                }
                $bytes += $isLarge ? self::MOST_UPLOADED + 1 : (int) filesize($path);
                if ($bytes > self::MOST_UPLOADED || ++$count > self::MOST_FILES) {
                    return 'large';
                }
                $lines = file($path); // as it is: each line with its end
                if ($lines === false) {
                    return 'broken';
                }
                $body = implode('', $lines);
                $name = htmlspecialchars_decode((string) (((array) $given['name'])[$place] ?? ''), ENT_QUOTES);
                $files[(string) $field][] = ['name' => self::utf8($name, 150), 'body' => base64_encode($body)];
            }
        }

        return $files;
    }

    private static function question(bool $isPress, array $admin, array $files): array
    {
        $fields = [];
        foreach ($isPress ? $_POST + $_GET : $_GET as $name => $value) {
            $isOurs = !in_array($name, ['module', 'page', 'token'], true) && preg_match('/\A[a-z_]{1,30}\z/', (string) $name) === 1;
            if ($isOurs && is_string($value) && count($fields) < self::MOST_FIELDS) {
                // WHMCS hands over what was typed with its HTML escaped.
                $fields[$name] = self::utf8(htmlspecialchars_decode($value, ENT_QUOTES), self::LONGEST_FIELD);
            }
        }
        $page = $_GET['page'] ?? '';
        $page = is_string($page) && preg_match('/\A[a-z_]{1,30}\z/', $page) === 1 ? $page : 'today';
        $question = [
            'page' => $page,
            'method' => $isPress ? 'POST' : 'GET',
            'fields' => (object) $fields,
            'files' => (object) $files,
            'admin' => $admin,
            'language' => Whmcs::adminLanguage(),
            'addon' => self::address(),
        ];
        $version = $GLOBALS['CONFIG']['Version'] ?? '';
        $question['versions'] = ['php' => substr(PHP_VERSION, 0, 40)]
            + (is_string($version) && $version !== '' ? ['whmcs' => substr($version, 0, 40)] : []);
        if ($page === 'health') {
            $question['hooks'] = Proof::files(dirname(__DIR__, 4));
        }
        if ($page === 'payments' && ($fields['q'] ?? '') !== '') {
            $question['numbers'] = self::printedOn($fields['q']);
        }

        return $question;
    }

    /** The invoices that WHMCS prints this number on. */
    private static function printedOn(string $number): array
    {
        $ids = [];
        try {
            foreach (class_exists(Invoice::class) ? Invoice::where('invoicenum', $number)->get() : [] as $invoice) {
                $ids[] = (int) $invoice->id;
            }
        } catch (Throwable $fault) {
            Whmcs::log($fault);
        }

        return array_slice($ids, 0, self::MOST_NUMBERS);
    }

    /** This page's own address, for the links in the bridge's messages; '' where WHMCS does not say its own. */
    private static function address(): string
    {
        $system = $GLOBALS['CONFIG']['SystemURL'] ?? '';
        $folder = basename(dirname((string) ($_SERVER['SCRIPT_NAME'] ?? '')));
        if (!is_string($system) || preg_match('~\Ahttps?://\S+\z~', $system) !== 1 || $folder === '') {
            return '';
        }

        return rtrim($system, '/') . "/$folder/addonmodules.php?module=wompi_bridge";
    }

    private static function hand(Answer $answer, int $now): void
    {
        if ($answer->location !== '') {
            header("Location: $answer->location", true, 303);
            exit;
        }
        if ($answer->file !== null) {
            // What WHMCS has begun to print; a compressing buffer is not to be taken away.
            while (ob_get_level() > 0 && @ob_end_clean()) {
                continue;
            }
            header("Content-Type: {$answer->file['type']}");
            header("Content-Disposition: attachment; filename=\"{$answer->file['name']}\"");
            header('X-Content-Type-Options: nosniff');
            header('Cache-Control: no-store');
            echo $answer->file['body'];
            exit;
        }
        Standing::keep($answer->known, $now);
        if ($answer->refresh > 0) {
            header("Refresh: $answer->refresh");
        }
        $token = function_exists('generate_token') ? (string) generate_token('plain') : '';
        echo self::sheet() . Markup::withToken($answer->html, $token);
    }

    /** A sentence in place of the page; since a time, with what was known last. */
    private static function say(string $why, array $words, int $now): void
    {
        $html = self::sheet() . '<div class="wc" data-page="' . $why . '"><div class="wc-card"><p class="wc-note wc-warn">'
            . $words[$why] . '</p>';
        $last = $now === 0 ? ['at' => 0, 'lines' => []] : Standing::last();
        if ($last['at'] > 0) {
            // Colombia has had no summer time since 1993.
            $html .= '<p>' . $words['last'] . ' ' . gmdate('Y-m-d H:i', $last['at'] - 5 * 3600) . ':</p><ul class="wc-list">';
            foreach ($last['lines'] as $line) {
                $html .= '<li>' . self::html($line) . '</li>';
            }
            $html .= '</ul>';
        }
        echo $html . '<p><a class="wc-button" href="addonmodules.php?module=wompi_bridge">' . $words['again'] . '</a></p>'
            . '</div></div>';
    }

    private static function sheet(): string
    {
        $file = dirname(__DIR__) . '/console.css';
        // Another release's sheet has another address, so that no browser keeps the old one.
        $version = is_readable($file) ? substr((string) hash_file('sha256', $file), 0, 12) : '';

        return "<link rel=\"stylesheet\" href=\"../modules/addons/wompi_bridge/console.css?v=$version\">";
    }

    /** Text as HTML in ASCII: a WHMCS may speak another charset than UTF-8. */
    private static function html(string $text): string
    {
        $html = htmlentities($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');

        return (string) preg_replace('/[^\x20-\x7E]+/', ' ', $html);
    }

    /** At most so many bytes of UTF-8; text in another charset is read as ISO-8859-1. */
    private static function utf8(string $text, int $longest): string
    {
        if (preg_match('//u', $text) !== 1) {
            $text = (string) preg_replace_callback('/[\x80-\xFF]/', static function (array $byte): string {
                return chr(0xC0 | ord($byte[0]) >> 6) . chr(0x80 | ord($byte[0]) & 0x3F);
            }, $text);
        }

        $text = substr($text, 0, $longest);
        while ($text !== '' && preg_match('//u', $text) !== 1) {
            $text = substr($text, 0, -1);
        }

        return $text;
    }
}
