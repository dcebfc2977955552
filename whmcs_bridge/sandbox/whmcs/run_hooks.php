<?php
/**
 * Runs the project's PHP as WHMCS would, for the sandbox's client area: JSON in on stdin, JSON out on stdout.
 *
 * In:  {"hooks_dir", "gateway": settings, "client": {...} or null, "system_url", "words": {key: WHMCS's word},
 *       "invoices": [rows of WHMCS's model], and what is to be run, each of them or null: "menu": [items],
 *       "panels": [items], "params": {...} of wompi_link, "email": {"messagename", "relid", "mergefields"},
 *       "cancel": invoice id}
 * Out: {"menu": [items], "panels": [items], "button": HTML or null, "fields": {merge fields}, "cancel": bool,
 *       "activity": [lines of the activity log], "problems": [what a WHMCS with "Display Errors" would have shown]}
 *
 * The surface below is the documented one: developers.whmcs.com/themes/navigation, /hooks, /payment-gateways,
 * /advanced/authentication, /advanced/currency-formatting, /classes/whmcs/billing/invoice.
 */

declare(strict_types=1);

namespace WHMCS\View\Menu {
    class Item
    {
        private array $children = [];
        private array $values;
        private ?Item $parent = null;

        public function __construct(private string $name, array $options = [])
        {
            $this->values = $options + ['label' => $name, 'uri' => null, 'order' => 0, 'icon' => null];
            $this->values += ['badge' => null, 'attributes' => [], 'extras' => [], 'bodyHtml' => null, 'footerHtml' => null];
        }

        public function addChild(string|Item $child, array $options = []): Item
        {
            $child = is_string($child) ? new self($child, $options) : $child;
            $child->parent = $this;

            return $this->children[$child->name] = $child;
        }

        public function getChild(string $name): ?Item
        {
            return $this->children[$name] ?? null;
        }

        public function getChildren(): array
        {
            return $this->children;
        }

        public function hasChildren(): bool
        {
            return $this->children !== [];
        }

        public function removeChild(string|Item $child): static
        {
            unset($this->children[is_string($child) ? $child : $child->name]);

            return $this;
        }

        public function getName(): string
        {
            return $this->name;
        }

        public function getParent(): ?Item
        {
            return $this->parent;
        }

        public function setAttribute(string $name, mixed $value): static
        {
            $this->values['attributes'][$name] = $value;

            return $this;
        }

        public function setExtra(string $name, mixed $value): static
        {
            $this->values['extras'][$name] = $value;

            return $this;
        }

        public function moveToFront(): static
        {
            return $this->setOrder(min($this->siblingOrders()) - 1);
        }

        public function moveToBack(): static
        {
            return $this->setOrder(max($this->siblingOrders()) + 1);
        }

        /** getLabel(), setLabel($v), getUri(), setUri($v), setOrder($v), setIcon($v), setBadge($v), hasUri(), ... */
        public function __call(string $method, array $arguments): mixed
        {
            $verb = substr($method, 0, 3);
            $key = lcfirst(substr($method, 3));
            if (!array_key_exists($key, $this->values)) {
                throw new \BadMethodCallException("WHMCS\\View\\Menu\\Item has no $method()");
            }
            if ($verb === 'set') {
                $this->values[$key] = $arguments[0];

                return $this;
            }

            return $verb === 'has' ? (bool) $this->values[$key] : $this->values[$key];
        }

        public function export(): array
        {
            $children = array_values($this->children);
            usort($children, static fn (Item $a, Item $b): int => $a->values['order'] <=> $b->values['order']);

            return ['name' => $this->name, 'children' => array_map(static fn (Item $c) => $c->export(), $children)]
                + $this->values;
        }

        private function siblingOrders(): array
        {
            $siblings = $this->parent === null ? [$this] : $this->parent->children;

            return array_map(static fn (Item $item): int => (int) $item->values['order'], array_values($siblings));
        }
    }
}

namespace WHMCS\Authentication {
    class CurrentUser
    {
        public function client(): ?object
        {
            return \Sandbox::$client;
        }

        public function user(): ?object
        {
            return \Sandbox::$client;
        }

        public function admin(): ?object
        {
            return null;
        }

        public function isAuthenticatedUser(): bool
        {
            return \Sandbox::$client !== null;
        }

        public function isAuthenticatedAdmin(): bool
        {
            return false;
        }

        public function isMasqueradingAdmin(): bool
        {
            return false;
        }
    }
}

namespace WHMCS\Billing {
    /** An Eloquent model as far as reading goes: attributes by magic, null for those that it has not. */
    class Invoice
    {
        public function __construct(private array $attributes)
        {
        }

        public static function find(mixed $id): ?self
        {
            return self::where('id', $id)->get()[0] ?? null;
        }

        public static function where(string $column, mixed $value): Invoices
        {
            return (new Invoices(\Sandbox::$input['invoices']))->where($column, $value);
        }

        public function __get(string $name): mixed
        {
            return $this->attributes[$name] ?? null;
        }

        public function __isset(string $name): bool
        {
            return isset($this->attributes[$name]);
        }
    }

    class Invoices
    {
        public function __construct(private array $rows)
        {
        }

        public function where(string $column, mixed $value): static
        {
            return new static(array_filter($this->rows, static fn (array $row): bool => $row[$column] === $value));
        }

        public function get(): array
        {
            return array_map(static fn (array $row): Invoice => new Invoice($row), array_values($this->rows));
        }
    }
}

namespace WHMCS\Config {
    class Setting
    {
        public static function getValue(string $name): ?string
        {
            return $name === 'SystemURL' ? \Sandbox::$input['system_url'] : null;
        }
    }
}

namespace {
    define('WHMCS', true);
    define('CLIENTAREA', true);

    final class Sandbox
    {
        public static array $input = [];
        public static ?object $client = null;
        public static array $hooks = [];
        public static array $activity = [];
        public static array $problems = [];
    }

    final class Menu
    {
        public static function context(string $name): ?object
        {
            return $name === 'client' ? Sandbox::$client : null;
        }
    }

    final class App
    {
        public static function load_function(string $name): void
        {
        }

        public static function getSystemURL(): string
        {
            return Sandbox::$input['system_url'];
        }
    }

    final class Lang
    {
        public static function trans(string $key): string
        {
            return Sandbox::$input['words'][$key] ?? $key;
        }
    }

    function add_hook(string $point, int $priority, callable $hook): void
    {
        Sandbox::$hooks[$point][$priority][] = $hook;
    }

    function getGatewayVariables(string $module): array
    {
        return $module === 'wompi' ? Sandbox::$input['gateway'] : [];
    }

    function getCurrency(int $userId): array
    {
        $isTheirs = Sandbox::$input['currency']['client'] === $userId;

        return ['id' => 1, 'code' => $isTheirs ? Sandbox::$input['currency']['code'] : '', 'prefix' => '$', 'suffix' => ''];
    }

    function logActivity(string $text, int $clientId = 0): void
    {
        Sandbox::$activity[] = $text;
    }

    function logModuleCall(string $module, string $action, mixed ...$rest): void
    {
        Sandbox::$problems[] = "$module $action";
    }

    /** What the hooks at a point return, as one list of keys and values. */
    function run_hook_point(string $point, mixed $argument): array
    {
        $byPriority = Sandbox::$hooks[$point] ?? [];
        ksort($byPriority);
        $returned = [];
        foreach (array_merge([], ...array_values($byPriority)) as $hook) {
            $returned = array_merge($returned, (array) $hook($argument));
        }

        return $returned;
    }

    function add_items(WHMCS\View\Menu\Item $parent, array $items): void
    {
        foreach ($items as $item) {
            $children = $item['children'] ?? [];
            unset($item['children']);
            add_items($parent->addChild($item['name'], $item), $children);
        }
    }

    set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
        if (error_reporting() & $level) {
            Sandbox::$problems[] = "$message in " . basename($file) . " on line $line";
        }

        return true;
    });

    Sandbox::$input = json_decode(stream_get_contents(STDIN), true, 64, JSON_THROW_ON_ERROR);
    $client = Sandbox::$input['client'];
    Sandbox::$client = $client === null ? null : (object) $client;
    define('ROOTDIR', rtrim(Sandbox::$input['hooks_dir'], '/'));

    ob_start();
    $input = Sandbox::$input + ['menu' => null, 'panels' => null, 'params' => null, 'email' => null, 'cancel' => null];
    $navbar = new WHMCS\View\Menu\Item('Primary Navbar');
    add_items($navbar, $input['menu'] ?? []);
    $panels = new WHMCS\View\Menu\Item('Home Page Panels');
    add_items($panels, $input['panels'] ?? []);
    $button = null;
    $fields = $cancel = [];
    try {
        foreach (glob(ROOTDIR . '/includes/hooks/[!_]*.php') ?: [] as $file) {
            require_once $file;
        }
        if ($input['menu'] !== null) {
            run_hook_point('ClientAreaPrimaryNavbar', $navbar);
        }
        if ($input['panels'] !== null) {
            run_hook_point('ClientAreaHomepagePanels', $panels);
        }
        if ($input['email'] !== null) {
            $fields = run_hook_point('EmailPreSend', $input['email']);
        }
        if ($input['cancel'] !== null) {
            $cancel = run_hook_point('PreInvoiceAutomaticCancellation', ['invoiceid' => $input['cancel']]);
        }
        if ($input['params'] !== null) {
            require_once ROOTDIR . '/modules/gateways/wompi.php';
            $params = $input['params'];
            $params['clientdetails']['model'] = Sandbox::$client;
            $button = wompi_link($params);
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
            'menu' => $navbar->export()['children'],
            'panels' => $panels->export()['children'],
            'button' => $button,
            'fields' => (object) $fields,
            'cancel' => ($cancel['abortCancel'] ?? false) !== true,
            'activity' => Sandbox::$activity,
            'problems' => Sandbox::$problems,
        ],
        JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES
    );
}
