<?php
/**
 * What a hook in the client area finds of WHMCS: the documented classes and functions, over the JSON that `run_hooks.php`
 * was given. Sources: developers.whmcs.com/themes/navigation, /hooks, /payment-gateways, /advanced/authentication,
 * /advanced/currency-formatting, /classes/whmcs/billing/invoice.
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
}
