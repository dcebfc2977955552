<?php

/**
 * A page of WHMCS, as far as our PHP can see it: reads one JSON question on standard input, loads the real files of
 * hooks/, and answers with JSON. Everything defined here is WHMCS's documented surface (developers.whmcs.com), or is
 * marked as seen in published modules; nothing is added because we would like to have it.
 *
 * Question: {"hooks": directory, "run": what, "arguments": [...], "world": {...}}; the world's keys are read below.
 * Any notice, warning or deprecation, even one that our code would swallow, ends in status 70.
 */

namespace {
    error_reporting(E_ALL);
    ini_set('display_errors', 'stderr');

    $complaints = [];
    set_error_handler(function (int $level, string $message, string $file, int $line) use (&$complaints): bool {
        $complaints[] = "$message in " . basename($file) . ":$line";

        return true;
    });

    /** The WHMCS that the test asks for. */
    final class World
    {
        /** @var array<string, mixed> */
        public static array $facts = [];

        /** @var list<string> what was written to the activity log */
        public static array $activity = [];

        /** @var array<string, list<callable>> */
        public static array $hooks = [];

        public static function has(string $part): bool
        {
            return !in_array($part, self::$facts['without'] ?? [], true);
        }

        /** Break as a part of WHMCS breaks when its database is away. */
        public static function pass(string $part): void
        {
            if (in_array($part, self::$facts['broken'] ?? [], true)) {
                throw new RuntimeException("SQLSTATE[HY000] no database for $part, password 'hunter2'");
            }
        }
    }

    $question = json_decode($given ?? stream_get_contents(STDIN), true, 32, JSON_THROW_ON_ERROR);
    World::$facts = $question['world'] ?? [];
    // tblconfiguration, which WHMCS loads on every request; seen in published modules.
    $GLOBALS['CONFIG'] = World::$facts['config'] ?? [];
    if (array_key_exists('session', World::$facts)) {
        $_SESSION = World::$facts['session'];
    }
    define('WHMCS', true);
}

// https://developers.whmcs.com/classes/whmcs/view/menu/item/ and https://developers.whmcs.com/themes/navigation/
namespace WHMCS\View\Menu {
    class Item
    {
        private string $name;

        private array $options;

        /** @var array<string, Item> */
        private array $children = [];

        public function __construct(string $name, array $options = [])
        {
            $this->name = $name;
            $this->options = $options;
        }

        public function getName(): string
        {
            return $this->name;
        }

        public function getLabel(): string
        {
            return $this->options['label'] ?? $this->name;
        }

        public function getUri(): ?string
        {
            return $this->options['uri'] ?? null;
        }

        public function getChild(string $name): ?Item
        {
            \World::pass('Menu');

            return $this->children[$name] ?? null;
        }

        public function addChild(string $name, array $options = []): Item
        {
            \World::pass('addChild');

            return $this->children[$name] = new Item($name, $options);
        }

        public function removeChild(string $name): Item
        {
            unset($this->children[$name]);

            return $this;
        }

        public function hasChildren(): bool
        {
            return $this->children !== [];
        }

        /** @return array<string, Item> */
        public function getChildren(): array
        {
            return $this->children;
        }

        public function setLabel(?string $label): Item
        {
            $this->options['label'] = $label;

            return $this;
        }

        public function setUri(?string $uri): Item
        {
            $this->options['uri'] = $uri;

            return $this;
        }

        public function setOrder(int $order): Item
        {
            $this->options['order'] = $order;

            return $this;
        }

        public function getOrder(): int
        {
            return (int) ($this->options['order'] ?? 0);
        }

        // Rendered by clientareahome.tpl of both themes.
        public function setBodyHtml(string $html): Item
        {
            $this->options['bodyHtml'] = $html;

            return $this;
        }

        public function describe(): array
        {
            $children = array_map(fn (Item $child): array => $child->describe(), array_values($this->children));

            return ['name' => $this->name] + $this->options + ['children' => $children];
        }
    }
}

// https://developers.whmcs.com/payment-gateways/third-party-gateway/, clientdetails.model: attributes by magic
namespace WHMCS\User {
    class Client
    {
        private array $attributes;

        public function __construct(array $attributes)
        {
            $this->attributes = $attributes;
        }

        public function __get(string $name)
        {
            \World::pass('Client');

            return $this->attributes[$name] ?? null;
        }

        public function __isset(string $name): bool
        {
            \World::pass('Client');

            return isset($this->attributes[$name]);
        }
    }
}

// https://developers.whmcs.com/classes/whmcs/billing/invoice/: an Eloquent model, attributes by magic
namespace WHMCS\Billing {
    if (\World::has('Invoice')) {
        class Invoice extends \WHMCS\User\Client
        {
            public static function find($id): ?self
            {
                $found = (new Invoices())->where('id', $id)->get();

                return $found[0] ?? null;
            }

            public static function where(string $column, $value): Invoices
            {
                return (new Invoices())->where($column, $value);
            }
        }

        class Invoices
        {
            private array $conditions = [];

            private string $order = '';

            private ?int $most = null;

            public function where(string $column, $value): self
            {
                $this->conditions[$column] = $value;

                return $this;
            }

            public function get(): array
            {
                \World::pass('Invoice');
                $rows = array_filter(\World::$facts['invoices'] ?? [], function (array $row): bool {
                    return array_intersect_assoc($this->conditions, $row) === $this->conditions;
                });

                return array_map(static function (array $row): Invoice {
                    $row['items'] = array_map(static fn (array $item): object => (object) $item, $row['items'] ?? []);

                    return new Invoice($row);
                }, $this->cut(array_values($rows)));
            }

            // https://developers.whmcs.com/advanced/db-interaction/: Laravel's query builder
            public function orderBy(string $column): self
            {
                $this->order = $column;

                return $this;
            }

            public function limit(int $most): self
            {
                $this->most = $most;

                return $this;
            }

            public function pluck(string $column): \ArrayIterator
            {
                return new \ArrayIterator(array_map(static fn (Invoice $found) => $found->$column, $this->get()));
            }

            private function cut(array $rows): array
            {
                if ($this->order !== '') {
                    usort($rows, fn (array $a, array $b): int => $a[$this->order] <=> $b[$this->order]);
                }

                return array_slice($rows, 0, $this->most);
            }
        }
    }
}

// https://developers.whmcs.com/advanced/db-interaction/: rows are objects
namespace WHMCS\Database {
    if (\World::has('Capsule')) {
        class Capsule
        {
            private array $rows;

            private function __construct(array $rows)
            {
                $this->rows = $rows;
            }

            public static function table(string $name): self
            {
                \World::pass('Capsule');

                return new self(\World::$facts[$name] ?? []);
            }

            // The database's collation knows no case.
            public function where(string $column, $value): self
            {
                $same = static fn (array $row): bool => strcasecmp($row[$column], $value) === 0;

                return new self(array_values(array_filter($this->rows, $same)));
            }

            public function get(): \ArrayIterator
            {
                return new \ArrayIterator(array_map(static fn (array $row): object => (object) $row, $this->rows));
            }
        }
    }
}

// https://developers.whmcs.com/classes/whmcs/billing/payment/transaction/information/, since WHMCS 8.2
namespace WHMCS\Billing {
    interface CurrencyInterface
    {
    }

    if (\World::has('Currency')) {
        class Currency implements CurrencyInterface
        {
            public string $code;

            private function __construct(string $code)
            {
                $this->code = $code;
            }

            public static function where(string $column, $value): Currencies
            {
                return new Currencies($column === 'code' ? $value : '');
            }

            public static function of(string $code): ?self
            {
                \World::pass('Currency');

                return $code === (\World::$facts['currency'] ?? 'COP') ? new self($code) : null;
            }
        }

        class Currencies
        {
            private string $code;

            public function __construct(string $code)
            {
                $this->code = $code;
            }

            public function first(): ?Currency
            {
                return Currency::of($this->code);
            }
        }
    }
}

namespace WHMCS {
    if (\World::has('Carbon')) {
        class Carbon extends \DateTime
        {
            public static function parse(string $time): self
            {
                return new self($time);
            }
        }
    }
}

namespace WHMCS\Billing\Payment\Transaction {
    if (\World::has('Information')) {
        class Information implements \JsonSerializable
        {
            private array $set = [];

            public function setTransactionId(string $transactionId): self
            {
                return $this->set('transactionId', $transactionId);
            }

            public function setAmount(float $amount, ?\WHMCS\Billing\CurrencyInterface $currency = null): self
            {
                return $this->set('amount', $amount)->set('currency', $currency === null ? null : $currency->code);
            }

            public function setType(string $type): self
            {
                return $this->set('type', $type);
            }

            public function setStatus(string $status): self
            {
                return $this->set('status', $status);
            }

            public function setDescription(string $description): self
            {
                return $this->set('description', $description);
            }

            public function setCreated(\WHMCS\Carbon $created): self
            {
                return $this->set('created', $created->format('c'));
            }

            public function jsonSerialize(): array
            {
                return $this->set;
            }

            private function set(string $name, $value): self
            {
                $this->set[$name] = $value;

                return $this;
            }
        }
    }
}

// https://developers.whmcs.com/classes/whmcs/module/abstractwidget/, since WHMCS 7.1
namespace WHMCS\Module {
    if (\World::has('AbstractWidget')) {
        abstract class AbstractWidget
        {
            protected $title;

            protected $description;

            protected $columns = 1;

            protected $weight = 100;

            protected $wrapper = true;

            protected $cache = false;

            protected $cachePerUser = false;

            protected $cacheExpiry = 3600;

            protected $requiredPermission = '';

            public function getId()
            {
                return get_class($this);
            }

            public function getTitle()
            {
                return $this->title;
            }

            public function getRequiredPermission()
            {
                return $this->requiredPermission;
            }

            public function getData()
            {
                return [];
            }

            public function generateOutput($data)
            {
                return '';
            }

            /** What WHMCS keeps between the two goes through its cache, as text. */
            public function render($forceRefresh = false)
            {
                return $this->generateOutput(json_decode(json_encode($this->getData()), true));
            }
        }
    }
}

// https://developers.whmcs.com/advanced/authentication/, since WHMCS 8.0
namespace WHMCS\Authentication {
    if (\World::has('CurrentUser')) {
        class CurrentUser
        {
            public function client(): ?\WHMCS\User\Client
            {
                \World::pass('CurrentUser');
                $client = \World::$facts['client'] ?? null;

                return $client === null ? null : new \WHMCS\User\Client($client);
            }

            public function admin(): ?\WHMCS\User\Client
            {
                \World::pass('CurrentUser');
                $admin = \World::$facts['admin'] ?? null;

                return $admin === null ? null : new \WHMCS\User\Client($admin);
            }
        }
    }
}

// Thrown by _config_validate in published gateways (CHIP); not in the official reference.
namespace WHMCS\Exception\Module {
    if (\World::has('NotServicable')) {
        class NotServicable extends \Exception
        {
        }
    }
}

namespace {
    // https://developers.whmcs.com/themes/navigation/
    if (World::has('Menu')) {
        class Menu
        {
            public static function context(string $name): ?WHMCS\User\Client
            {
                World::pass('Menu::context');
                $client = $name === 'client' ? (World::$facts['context'] ?? null) : null;

                return $client === null ? null : new WHMCS\User\Client($client);
            }
        }
    }

    // https://developers.whmcs.com/payment-gateways/callbacks/: settings by name, and `type` while the module is active
    if (World::has('App')) {
        class App
        {
            public static function load_function(string $name): void
            {
                if ($name === 'gateway' && !function_exists('getGatewayVariables')) {
                    function getGatewayVariables($gatewayName)
                    {
                        World::pass('getGatewayVariables');

                        return $gatewayName === 'wompi' ? World::$facts['settings'] ?? [] : [];
                    }
                }
            }
        }
    }

    // https://developers.whmcs.com/languages/overrides/: a key that is not there comes back as it is
    if (World::has('Lang')) {
        class Lang
        {
            public static function trans($key)
            {
                return World::$facts['words'][$key] ?? $key;
            }
        }
    }

    // https://developers.whmcs.com/advanced/currency-formatting/
    if (World::has('getCurrency')) {
        function getCurrency($userId)
        {
            World::pass('getCurrency');

            return ['id' => 1, 'code' => World::$facts['currency'] ?? 'COP', 'prefix' => '$', 'suffix' => ''];
        }
    }

    // https://developers.whmcs.com/advanced/logging/
    if (World::has('logActivity')) {
        function logActivity($message, $clientId = 0)
        {
            World::pass('logActivity');
            World::$activity[] = $message;
        }
    }

    // https://developers.whmcs.com/hooks/getting-started/
    function add_hook($hookPoint, $priority, $callback)
    {
        World::$hooks[$hookPoint][] = $callback;
    }

    /** What each callback at a point returns. */
    function run_hook(string $point, $argument): array
    {
        return array_map(fn (callable $callback) => $callback($argument), World::$hooks[$point] ?? []);
    }

    /** The client's menu, names as WHMCS gives them: {"Billing": ["My Invoices", ...]}. */
    function navbar(): WHMCS\View\Menu\Item
    {
        $menu = new WHMCS\View\Menu\Item('Primary Navbar');
        foreach (World::$facts['menu'] ?? [] as $name => $children) {
            $item = $menu->addChild($name, ['uri' => '#']);
            foreach ($children as $position => $child) {
                $item->addChild($child, ['uri' => 'clientarea.php', 'order' => 10 * ($position + 1)]);
            }
        }

        return $menu;
    }

    /** WHMCS's own panels of the home page. */
    function panels(): WHMCS\View\Menu\Item
    {
        $panels = new WHMCS\View\Menu\Item('Home Page Panels');
        foreach (World::$facts['panels'] ?? [] as $position => $name) {
            $panels->addChild($name, ['order' => 10 * ($position + 1)]);
        }

        return $panels;
    }

    /** Broken parts break while the hook runs, not while WHMCS builds what it hands over. */
    function whole(callable $build): WHMCS\View\Menu\Item
    {
        $broken = World::$facts['broken'] ?? [];
        World::$facts['broken'] = [];
        $built = $build();
        World::$facts['broken'] = $broken;

        return $built;
    }

    $hooks = $question['hooks'];
    $arguments = $question['arguments'] ?? [];
    if (isset($arguments[0]['clientdetails']['model'])) {
        $arguments[0]['clientdetails']['model'] = new WHMCS\User\Client($arguments[0]['clientdetails']['model']);
    }
    $answer = ['result' => null];
    ob_start();
    try {
        switch ($question['run']) {
            case 'navbar':
                $menu = whole('navbar');
                require "$hooks/includes/hooks/wompi_bridge.php";
                $given = World::$facts['strange navbar'] ?? false ? null : $menu;
                run_hook('ClientAreaPrimaryNavbar', $given);
                $answer['menu'] = $menu->describe();
                break;
            case 'panels':
                $panels = whole('panels');
                require "$hooks/includes/hooks/wompi_bridge.php";
                run_hook('ClientAreaHomepagePanels', $panels);
                $answer['menu'] = $panels->describe();
                break;
            case 'hook':
                require "$hooks/includes/hooks/wompi_bridge.php";
                $answer['result'] = run_hook(...$arguments);
                break;
            case 'widget':
                require "$hooks/includes/hooks/wompi_bridge.php";
                [$widget] = run_hook('AdminHomeWidgets', []);
                $answer['result'] = $widget === null ? null : [
                    'title' => $widget->getTitle(),
                    'permission' => $widget->getRequiredPermission(),
                    'html' => $widget->render(),
                ];
                break;
            case 'Link::sign':
            case 'Link::id':
            case 'Call::signature':
            case 'Call::post':
                require_once "$hooks/modules/gateways/wompi/lib/" . strstr($question['run'], '::', true) . '.php';
                $answer['result'] = ('WHMCS\Module\Gateway\Wompi\\' . $question['run'])(...$arguments);
                break;
            case 'hooks':  // one hook, of several things, in one process
                require "$hooks/includes/hooks/wompi_bridge.php";
                [$point, $given] = $arguments;
                $answer['result'] = array_map(static fn ($each) => run_hook($point, $each)[0], $given);
                break;
            case 'buttons':  // of several invoices in one process
                require_once "$hooks/modules/gateways/wompi.php";
                $answer['result'] = array_map('wompi_link', ...$arguments);
                break;
            default:
                require_once "$hooks/modules/gateways/wompi.php";
                $answer['result'] = $question['run'](...$arguments);
        }
    } catch (Throwable $thrown) {
        $answer['thrown'] = ['class' => get_class($thrown), 'message' => $thrown->getMessage()];
    }
    $answer['printed'] = ob_get_clean();
    $answer['activity'] = World::$activity;

    if ($complaints !== []) {
        file_put_contents('php://stderr', implode("\n", $complaints) . "\n");
        exit(70);
    }
    echo json_encode($answer, JSON_THROW_ON_ERROR);
}
