<?php

/**
 * Runs the project's addon module as WHMCS's addonmodules.php would: JSON in on stdin; on stdout the page or the file, a NUL,
 * and JSON.
 *
 * In:  {"hooks_dir", "gateway": settings, "admin": {"id", "firstname", "lastname", "language"} or null, "permissions": [names],
 *       "token": the form token, "method", "get": {...}, "post": {...}, "files": {field: [{"name", "body": base64, "error"}]},
 *       "content_length", "invoices": [{"id", "invoicenum"}], "system_url",
 *       "folder": of the admin area, "version", "kept": {...} of the addon's own settings, "without": [parts that are missing]}
 * Out: {"status", "headers": [lines], "kept", "activity": [lines of the activity log],
 *       "problems": [what a WHMCS with "Display Errors" would have shown]}
 *
 * The surface below is the documented one: developers.whmcs.com/addon-modules, /advanced/db-interaction,
 * /advanced/authentication, /advanced/logging; check_token, generate_token and checkPermission are seen in published
 * modules. A token that is not good ends the request, as WHMCS does.
 */

declare(strict_types=1);

namespace {
    final class Sandbox
    {
        public static array $input = [];
        public static array $activity = [];
        public static array $problems = [];
        public static array $headers = [];
        public static int $status = 200;
        public static array $uploaded = [];

        public static function has(string $part): bool
        {
            return !in_array($part, self::$input['without'] ?? [], true);
        }
    }

    Sandbox::$input = json_decode($given ?? stream_get_contents(STDIN), true, 64, JSON_THROW_ON_ERROR);
}

namespace WHMCS\Module\Addon\WompiBridge {
    /** On the command line PHP keeps no headers: these are kept. */
    function header(string $line, bool $replace = true, int $status = 0): void
    {
        \Sandbox::$headers[] = $line;
        \Sandbox::$status = $status ?: \Sandbox::$status;
    }

    /** No browser has uploaded these: they are the test's. */
    function is_uploaded_file(string $path): bool
    {
        return in_array($path, \Sandbox::$uploaded, true);
    }
}

namespace WHMCS\Authentication {
    if (\Sandbox::has('CurrentUser')) {
        class CurrentUser
        {
            public function admin(): ?object
            {
                return \Sandbox::$input['admin'] === null ? null : (object) \Sandbox::$input['admin'];
            }
        }
    }
}

namespace WHMCS\Billing {
    class Invoice
    {
        private array $found = [];

        public static function where(string $column, $value): self
        {
            $query = new self();
            foreach (\Sandbox::$input['invoices'] as $row) {
                if (($row[$column] ?? null) === $value) {
                    $query->found[] = (object) $row;
                }
            }

            return $query;
        }

        public function get(): array
        {
            return $this->found;
        }
    }
}

namespace WHMCS\Database {
    if (\Sandbox::has('Capsule')) {
        class Capsule
        {
            private string $name = '';

            public static function table(string $table): self
            {
                return new self();
            }

            public function where(array $row): self
            {
                $this->name = $row['setting'];

                return $this;
            }

            public function value(string $column): ?string
            {
                return \Sandbox::$input['kept'][$this->name] ?? null;
            }

            public function update(array $values): int
            {
                if (!isset(\Sandbox::$input['kept'][$this->name])) {
                    return 0;
                }
                \Sandbox::$input['kept'][$this->name] = $values['value'];

                return 1;
            }

            public function insert(array $row): bool
            {
                \Sandbox::$input['kept'][$row['setting']] = $row['value'];

                return true;
            }
        }
    }
}

namespace {
    if (Sandbox::has('check_token')) {
        function check_token(string $namespace = 'WHMCS.default', ?string $token = null): bool
        {
            if (($_POST['token'] ?? '') === Sandbox::$input['token']) {
                return true;
            }
            echo 'Invalid Token';
            exit;
        }
    }

    function generate_token(string $type = 'form'): string
    {
        $token = Sandbox::$input['token'];

        return $type === 'plain' ? $token : "<input type=\"hidden\" name=\"token\" value=\"$token\" />";
    }

    if (Sandbox::has('checkPermission')) {
        function checkPermission(string $action, bool $noRedirect = false): bool
        {
            return in_array($action, Sandbox::$input['permissions'], true);
        }
    }

    function getGatewayVariables(string $module): array
    {
        return $module === 'wompi' ? Sandbox::$input['gateway'] : [];
    }

    function logActivity(string $text, int $clientId = 0): void
    {
        Sandbox::$activity[] = $text;
    }

    set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
        Sandbox::$problems[] = "$message in " . basename($file) . ":$line";

        return true;
    });

    register_shutdown_function(static function (): void {
        array_map('unlink', Sandbox::$uploaded);
        while (ob_get_level() > 0) {
            ob_end_flush();
        }
        if ($last = error_get_last()) {
            Sandbox::$problems[] = $last['message'];
        }
        echo "\0", json_encode([
            'status' => Sandbox::$status,
            'headers' => Sandbox::$headers,
            'kept' => (object) Sandbox::$input['kept'],
            'activity' => Sandbox::$activity,
            'problems' => Sandbox::$problems,
        ], JSON_THROW_ON_ERROR);
    });

    // WHMCS escapes what comes in: https://developers.whmcs.com/advanced/ "Input is sanitised".
    $escaped = static function (array $fields): array {
        return array_map(static fn ($value) => is_string($value) ? htmlspecialchars($value, ENT_QUOTES) : $value, $fields);
    };
    $_GET = $escaped(Sandbox::$input['get']);
    $_POST = $escaped(Sandbox::$input['post']);
    // As PHP tells of a field `name[]`; a file that PHP has not taken has an error and no body.
    foreach (Sandbox::$input['files'] ?? [] as $field => $files) {
        foreach ($files as $place => $file) {
            $path = '';
            if (isset($file['body'])) {
                Sandbox::$uploaded[] = $path = (string) tempnam(sys_get_temp_dir(), 'upload');
                file_put_contents($path, base64_decode($file['body']));
            }
            $told = ['name' => $file['name'], 'tmp_name' => $path, 'error' => $file['error'] ?? UPLOAD_ERR_OK];
            foreach ($told + ['type' => 'text/csv', 'size' => $path === '' ? 0 : filesize($path)] as $name => $value) {
                $_FILES[$field][$name][$place] = $value;
            }
        }
    }
    $_SERVER['CONTENT_LENGTH'] = Sandbox::$input['content_length'] ?? 0;
    $_SESSION = Sandbox::$input['admin'] === null ? [] : ['adminid' => Sandbox::$input['admin']['id']];
    $_SERVER['REQUEST_METHOD'] = Sandbox::$input['method'];
    $_SERVER['SCRIPT_NAME'] = '/' . Sandbox::$input['folder'] . '/addonmodules.php';
    $GLOBALS['CONFIG'] = ['SystemURL' => Sandbox::$input['system_url'], 'Version' => Sandbox::$input['version']];
    define('WHMCS', true);
    ob_start();
    require Sandbox::$input['hooks_dir'] . '/modules/addons/wompi_bridge/wompi_bridge.php';
    wompi_bridge_output(['modulelink' => 'addonmodules.php?module=wompi_bridge', 'version' => '1.0']);
}
