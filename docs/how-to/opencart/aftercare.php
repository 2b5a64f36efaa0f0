<?php
// Shows the orders of this OpenCart shop to Aftercare. Put it beside config.php of the shop; see ../connect-opencart.md.
// It only reads, and answers nobody who does not know the key.

const AFTERCARE_KEY = '';  // at least 32 letters and digits that nobody guesses; the same as the API key in Aftercare
const AFTERCARE_ZONE = 'Europe/Kyiv';  // the clock by which the shop dates its orders
// What your order statuses mean (System → Localisation → Order Statuses): paid, shipped, done, cancelled, refunded.
// Those that are not named here are orders in progress. Payment on delivery is not "paid" before it is "done".
const AFTERCARE_STATUSES = [
    2 => 'paid',        // Processing
    15 => 'paid',       // Processed
    3 => 'shipped',     // Shipped
    5 => 'done',        // Complete
    7 => 'cancelled',   // Canceled
    8 => 'cancelled',   // Denied
    10 => 'cancelled',  // Failed
    14 => 'cancelled',  // Expired
    16 => 'cancelled',  // Voided
    11 => 'refunded',   // Refunded
    13 => 'refunded',   // Chargeback
];
const AFTERCARE_PAGE = 100;
const AFTERCARE_COLUMNS = [
    'order_id', 'customer_id', 'firstname', 'lastname', 'email', 'telephone', 'payment_method', 'payment_code',
    'shipping_method', 'shipping_firstname', 'shipping_lastname', 'shipping_company', 'shipping_address_1',
    'shipping_address_2', 'shipping_city', 'shipping_postcode', 'shipping_zone', 'currency_code', 'order_status_id',
    'novaposhta_cn_number',
];

function aftercare_answer($status, $answer)
{
    http_response_code($status);
    header('Content-Type: application/json');
    header('Cache-Control: no-store');
    echo json_encode($answer, JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE);
    exit;
}

function aftercare_rows($db, $query)
{
    $found = $db->query($query);
    if (!$found) {
        aftercare_answer(500, ['error' => 'The database refused the question.']);
    }
    return $found->fetch_all(MYSQLI_ASSOC);
}

// OpenCart keeps what people typed as it would stand in a page.
function aftercare_plain($text)
{
    return html_entity_decode((string)$text, ENT_QUOTES, 'UTF-8');
}

function aftercare_time($text)
{
    return (new DateTime($text, new DateTimeZone(AFTERCARE_ZONE)))->format(DATE_ATOM);
}

// OpenCart keeps sums in the shop's currency, and beside them the rate of the one the buyer chose.
function aftercare_sum($value, $order)
{
    return number_format($value * $order['currency_value'], 2, '.', '');
}

function aftercare_order($db, $order)
{
    $id = (int)$order['order_id'];
    $products = aftercare_rows($db, 'SELECT op.*, p.sku, p.image FROM ' . DB_PREFIX . 'order_product op LEFT JOIN '
        . DB_PREFIX . 'product p ON p.product_id = op.product_id WHERE op.order_id = ' . $id . ' ORDER BY op.order_product_id');
    $totals = aftercare_rows($db, 'SELECT code, title, value FROM ' . DB_PREFIX . 'order_total WHERE order_id = ' . $id
        . ' ORDER BY sort_order, order_total_id');
    $shop = defined('HTTPS_SERVER') ? HTTPS_SERVER : HTTP_SERVER;
    foreach (['payment', 'shipping'] as $what) {  // OpenCart 4 keeps name and code in one column
        $method = json_decode((string)$order[$what . '_method'], true);
        if (is_array($method)) {
            $order[$what . '_method'] = isset($method['name']) ? $method['name'] : '';
            $order[$what . '_code'] = isset($method['code']) ? $method['code'] : '';
        }
    }
    $told = array_map('aftercare_plain', array_intersect_key($order, array_flip(AFTERCARE_COLUMNS)));
    $told['stage'] = isset(AFTERCARE_STATUSES[(int)$order['order_status_id']])
        ? AFTERCARE_STATUSES[(int)$order['order_status_id']] : '';
    $told['status_name'] = $order['status_name'];
    $told['language'] = $order['language'];
    $told['country'] = $order['country'];
    $told['date_added'] = aftercare_time($order['date_added']);
    $told['date_modified'] = aftercare_time($order['date_modified']);
    $told['total'] = aftercare_sum($order['total'], $order);
    $told['products'] = [];
    foreach ($products as $product) {
        $told['products'][] = [
            'product_id' => $product['product_id'],
            'name' => aftercare_plain($product['name']),
            'sku' => $product['sku'] ? $product['sku'] : $product['model'],
            'quantity' => $product['quantity'],
            'price' => aftercare_sum($product['price'], $order),
            'total' => aftercare_sum($product['total'], $order),
            'image' => $product['image'] ? $shop . 'image/' . str_replace(' ', '%20', $product['image']) : '',
        ];
    }
    $told['totals'] = [];
    foreach ($totals as $total) {
        $told['totals'][] = [
            'code' => $total['code'],
            'title' => aftercare_plain($total['title']),
            'value' => aftercare_sum($total['value'], $order),
        ];
    }
    return $told;
}

$given = isset($_SERVER['HTTP_X_AFTERCARE_KEY']) ? $_SERVER['HTTP_X_AFTERCARE_KEY'] : '';
if (strlen(AFTERCARE_KEY) < 32 || !hash_equals(AFTERCARE_KEY, $given)) {
    aftercare_answer(403, ['error' => 'This key is not known.']);
}
require __DIR__ . '/config.php';
mysqli_report(MYSQLI_REPORT_OFF);
$db = new mysqli(DB_HOSTNAME, DB_USERNAME, DB_PASSWORD, DB_DATABASE, defined('DB_PORT') ? (int)DB_PORT : 3306);
if ($db->connect_errno) {
    aftercare_answer(503, ['error' => 'The database is away.']);
}
$db->set_charset('utf8mb4');
$since = new DateTime('@' . (isset($_GET['since']) ? (int)$_GET['since'] : 0));
$since->setTimezone(new DateTimeZone(AFTERCARE_ZONE));
$orders = aftercare_rows($db, 'SELECT o.*, s.name AS status_name, l.code AS language, c.iso_code_2 AS country FROM `'
    . DB_PREFIX . 'order` o LEFT JOIN ' . DB_PREFIX . 'order_status s ON s.order_status_id = o.order_status_id'
    . ' AND s.language_id = o.language_id LEFT JOIN ' . DB_PREFIX . 'language l ON l.language_id = o.language_id LEFT JOIN '
    . DB_PREFIX . 'country c ON c.country_id = o.shipping_country_id WHERE o.order_status_id > 0 AND o.date_modified >= \''
    . $since->format('Y-m-d H:i:s') . '\' AND o.order_id > ' . (isset($_GET['after']) ? (int)$_GET['after'] : 0)
    . ' ORDER BY o.order_id LIMIT ' . AFTERCARE_PAGE);
$told = [];
foreach ($orders as $order) {
    $told[] = aftercare_order($db, $order);
}
aftercare_answer(200, ['orders' => $told, 'more' => count($told) === AFTERCARE_PAGE]);
