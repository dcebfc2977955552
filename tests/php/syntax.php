<?php

/**
 * What a PHP file says that PHP 7.4 does not understand, found in its tokens; and every function that it calls.
 * Reads the source on standard input, prints {"offences": [...], "calls": [...]}.
 *
 * A linter of one PHP version cannot tell what an older one would refuse, so this names the additions of 8.0 to 8.3
 * that a file like ours could fall for: https://www.php.net/manual/en/appendices.php (Migration Appendices).
 */

error_reporting(E_ALL);

const NEW_TOKENS = ['T_ATTRIBUTE', 'T_NULLSAFE_OBJECT_OPERATOR', 'T_MATCH', 'T_ENUM', 'T_READONLY'];
const NEW_FUNCTIONS = [
    'str_contains', 'str_starts_with', 'str_ends_with', 'get_debug_type', 'get_resource_id', 'fdiv',
    'preg_last_error_msg', 'array_is_list', 'fsync', 'fdatasync', 'enum_exists', 'array_find', 'json_validate',
    'str_increment', 'str_decrement', 'memory_reset_peak_usage', 'ini_parse_quantity', 'openssl_cipher_key_length',
];
const NEW_TYPES = ['mixed', 'never', 'false', 'true', 'null'];

/** @var list<array{name: string, text: string}> $tokens everything but space and comments */
$tokens = [];
foreach (token_get_all(stream_get_contents(STDIN)) as $token) {
    $name = is_array($token) ? token_name($token[0]) : $token;
    if (!in_array($name, ['T_WHITESPACE', 'T_COMMENT', 'T_DOC_COMMENT', 'T_OPEN_TAG'], true)) {
        $tokens[] = ['name' => $name, 'text' => is_array($token) ? $token[1] : $token];
    }
}

$name = static function (int $i) use ($tokens): string {
    return $tokens[$i]['name'] ?? '';
};
$isWord = static function (int $i) use ($name): bool {
    $words = ['T_STRING', 'T_ARRAY', 'T_CALLABLE', 'T_STATIC'];
    $words[] = 'T_NAME_QUALIFIED';
    $words[] = 'T_NAME_FULLY_QUALIFIED';

    return in_array($name($i), $words, true);
};

// Which parenthesis opens the parameters of a declaration, and which one closes them.
$declared = [];
$open = [];
foreach ($tokens as $i => $token) {
    if ($token['name'] === '(') {
        $before = $name($i - 1) === 'T_STRING' ? $i - 2 : $i - 1;
        $before = in_array($name($before), ['&', 'T_AMPERSAND_NOT_FOLLOWED_BY_VAR_OR_VARARG'], true)
            ? $before - 1
            : $before;
        $open[] = [$i, in_array($name($before), ['T_FUNCTION', 'T_FN', 'T_USE'], true)];
    } elseif ($token['name'] === ')') {
        [$start, $isDeclaration] = array_pop($open);
        if ($isDeclaration) {
            $declared[$i] = $start;
        }
    }
}

$offences = [];
$calls = [];
foreach ($tokens as $i => ['name' => $kind, 'text' => $text]) {
    $previous = $name($i - 1);
    $next = $name($i + 1);
    if (in_array($kind, NEW_TOKENS, true)) {
        $offences[] = $kind;
    }
    if ($kind === 'T_STRING' && $next === '(') {
        $isFree = !in_array($previous, ['T_OBJECT_OPERATOR', 'T_DOUBLE_COLON', 'T_FUNCTION', 'T_NEW'], true);
        $calls[] = ($isFree ? '' : '->') . $text;
        if ($isFree && in_array(strtolower($text), NEW_FUNCTIONS, true)) {
            $offences[] = "$text()";
        }
    }
    if ($kind === '`' || $kind === 'T_EVAL') {
        $calls[] = $text;
    }
    if ($previous === 'T_NEW' && $isWord($i)) {
        $calls[] = "new $text";
    }
    if ($isWord($i) && $next === ':' && in_array($previous, ['(', ','], true)) {
        $offences[] = 'named argument';
    }
    if ($kind === '(' && $next === 'T_ELLIPSIS' && $name($i + 2) === ')') {
        $offences[] = 'first-class callable';
    }
    if ($kind === 'T_THROW' && !in_array($previous, [';', '{', '}', ')', ':', 'T_ELSE', ''], true)) {
        $offences[] = 'throw as an expression';
    }
    if ($kind === 'T_CATCH') {
        for ($end = $i + 2; $name($end) !== ')' && $name($end) !== ''; ++$end);
        if ($name($end - 1) !== 'T_VARIABLE') {
            $offences[] = 'catch without a variable';
        }
    }
    if ($kind === 'T_CLASS' && $previous === 'T_DOUBLE_COLON' && $name($i - 2) === 'T_VARIABLE') {
        $offences[] = '::class of an object';
    }
    if ($kind === 'T_CONST' && ($previous === 'T_FINAL' || $name($i - 2) === 'T_FINAL' || $isWord($i + 2))) {
        $offences[] = 'final or typed constant';
    }
    if ($kind === 'T_LNUMBER' && stripos($text, '0o') === 0) {
        $offences[] = 'octal 0o';
    }
    if ($kind === '|' || strpos($kind, 'T_AMPERSAND') === 0) {
        // A|B $x, or A|B at the end of a declaration; but catch (A|B $x) is of 7.1.
        for ($first = $i - 1; $isWord($first) || $name($first) === '|'; --$first);
        for ($last = $i + 1; $isWord($last) || $name($last) === '|'; ++$last);
        $isCaught = $name($first) === '(' && $name($first - 1) === 'T_CATCH';
        $isReturned = $name($first) === ':' && isset($declared[$first - 1]);
        $isTyped = $first < $i - 1 && $last > $i + 1 && in_array($name($last), ['T_VARIABLE', 'T_ELLIPSIS'], true);
        if (!$isCaught && ($isReturned || $isTyped)) {
            $offences[] = 'union or intersection type';
        }
    }
    if (in_array(strtolower($text), NEW_TYPES, true) && $kind === 'T_STRING') {
        $isReturned = in_array($previous, [':', '?'], true) && isset($declared[$i - ($previous === '?' ? 3 : 2)]);
        if ($next === 'T_VARIABLE' || $isReturned) {
            $offences[] = "type $text";
        }
    }
    if ($kind === 'T_STATIC' && $previous === ':' && isset($declared[$i - 2])) {
        $offences[] = 'type static';
    }
}
foreach ($declared as $end => $start) {
    if ($name($end - 1) === ',') {
        $offences[] = 'comma after the last parameter';
    }
    for ($i = $start; $i < $end; ++$i) {
        if (in_array($name($i), ['T_PUBLIC', 'T_PROTECTED', 'T_PRIVATE'], true)) {
            $offences[] = 'constructor promotion';
        }
        if ($name($i) === 'T_NEW') {
            $offences[] = 'new in a default';
        }
    }
}

echo json_encode(['offences' => $offences, 'calls' => array_values(array_unique($calls))]);
