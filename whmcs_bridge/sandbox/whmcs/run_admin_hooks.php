<?php
/**
 * Runs the project's hooks of the admin area as WHMCS would: JSON in on stdin, JSON out on stdout.
 *
 * In:  {"hooks_dir", "gateway": settings, "language": the admin's, "invoice": {...} of AdminInvoicesControlsOutput or null,
 *       "refund": the parameters of _refund() or null, "addons": names of the active ones}
 * Out: {"controls": HTML, "widgets": [{"title", "html"}], "activity": [lines of the activity log],
 *       "refund": what _refund() gave or null, "problems": [what a WHMCS with "Display Errors" would have shown]}
 *
 * Without an invoice the dashboard's widgets are made. The surface below is the documented one:
 * developers.whmcs.com/hooks-reference/output, /advanced/widgets, /advanced/authentication, /payment-gateways.
 */

declare(strict_types=1);

namespace WHMCS\Module {
    abstract class AbstractWidget
    {
        protected $title = '';
        protected $description = '';
        protected $columns = 1;
        protected $weight = 100;
        protected $wrapper = true;
        protected $cache = false;
        protected $cachePerUser = false;
        protected $cacheExpiry = 3600;
        protected $requiredPermission = '';

        public function getTitle()
        {
            return $this->title;
        }

        public function getData()
        {
            return [];
        }

        public function generateOutput($data)
        {
            return '';
        }

        public function render($forceRefresh = false)
        {
            return $this->generateOutput($this->getData());
        }
    }
}

namespace WHMCS\Authentication {
    class CurrentUser
    {
        public function client(): ?object
        {
            return null;
        }

        public function admin(): ?object
        {
            return (object) ['id' => 1, 'language' => \Sandbox::$input['language']];
        }
    }
}

namespace {
    final class Sandbox
    {
        public static array $input = [];
        public static array $hooks = [];
        public static array $activity = [];
        public static array $problems = [];
    }

    function add_hook(string $point, int $priority, callable $hook): void
    {
        Sandbox::$hooks[$point][$priority][] = $hook;
    }

    function getGatewayVariables(string $module): array
    {
        return $module === 'wompi' ? Sandbox::$input['gateway'] : [];
    }

    function logActivity(string $text, int $clientId = 0): void
    {
        Sandbox::$activity[] = $text;
    }

    /** What each hook at a point returns, in order of priority; WHMCS drops what is empty. */
    function returned_at(string $point, array $argument): array
    {
        $byPriority = Sandbox::$hooks[$point] ?? [];
        ksort($byPriority);
        $returned = [];
        foreach (array_merge([], ...array_values($byPriority)) as $hook) {
            $returned[] = $hook($argument);
        }

        return array_values(array_filter($returned));
    }

    set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
        Sandbox::$problems[] = "$message in " . basename($file) . " on line $line";

        return true;
    });

    Sandbox::$input = json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
    $GLOBALS['CONFIG'] = ['ActiveAddonModules' => implode(',', Sandbox::$input['addons'] ?? [])];
    define('WHMCS', true);
    define('ROOTDIR', rtrim(Sandbox::$input['hooks_dir'], '/'));

    ob_start();
    $controls = '';
    $widgets = [];
    $refund = null;
    try {
        if (Sandbox::$input['refund'] !== null) {
            require_once ROOTDIR . '/modules/gateways/wompi.php';
            $refund = wompi_refund(Sandbox::$input['refund']);
        }
        foreach (glob(ROOTDIR . '/includes/hooks/[!_]*.php') ?: [] as $file) {
            require_once $file;
        }
        if (Sandbox::$input['invoice'] !== null) {
            $controls = implode('', returned_at('AdminInvoicesControlsOutput', Sandbox::$input['invoice']));
        } else {
            foreach (returned_at('AdminHomeWidgets', []) as $widget) {
                $widgets[] = ['title' => $widget->getTitle(), 'html' => $widget->render()];
            }
        }
    } catch (Throwable $error) {
        Sandbox::$problems[] = $error->getMessage() . ' in ' . basename($error->getFile()) . " on line {$error->getLine()}";
    }
    $printed = ob_get_clean();
    if ($printed !== '') {
        Sandbox::$problems[] = "printed: $printed";
    }

    echo json_encode(
        [
            'controls' => $controls,
            'widgets' => $widgets,
            'refund' => $refund,
            'activity' => Sandbox::$activity,
            'problems' => Sandbox::$problems,
        ],
        JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES
    );
}
