<?php

// Beside WHMCS's own widgets, whose ids are the class names without this namespace.
namespace WHMCS\Module\Widget;

use Throwable;
use WHMCS\Module\AbstractWidget;
use WHMCS\Module\Gateway\Wompi\AdminArea;
use WHMCS\Module\Gateway\Wompi\Whmcs;

if (!defined('WHMCS')) {
    die('This file cannot be accessed directly');
}

// Before 7.1 widgets were something else.
if (!class_exists(AbstractWidget::class)) {
    return;
}

/**
 * On the admin's dashboard: how many payments wait for a person, and the way to them.
 *
 * @see https://developers.whmcs.com/advanced/widgets/
 */
final class WompiBridge extends AbstractWidget
{
    protected $title = 'Wompi';

    protected $description = 'Pagos que esperan a una persona / Payments that wait for a person';

    protected $weight = 150;

    protected $columns = 1;

    /** The number may be some minutes old; the link to the bridge's page is made at every view. */
    protected $cache = true;

    /** In seconds. */
    protected $cacheExpiry = 120;

    protected $requiredPermission = 'List Invoices';

    /** @return array<string, ?int> */
    public function getData()
    {
        try {
            return ['waiting' => AdminArea::waiting(time())];
        } catch (Throwable $fault) {
            Whmcs::log($fault);

            return ['waiting' => null];
        }
    }

    /** @param mixed $data what getData() gave, perhaps some minutes ago */
    public function generateOutput($data)
    {
        try {
            $count = is_array($data) ? $data['waiting'] ?? null : null;

            return '<div class="widget-content-padded">'
                . AdminArea::waitingHtml(is_int($count) ? $count : null, time()) . '</div>';
        } catch (Throwable $fault) {
            Whmcs::log($fault);

            return '';
        }
    }
}
