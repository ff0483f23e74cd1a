<?php
// The lab's application for php-fpm: answers as it should, or fails as `?do=...` asks.

const FOLDER = '@FOLDER@';
const CLOSED = '@CLOSED@';
const SILENT = '@SILENT@';

// Says which process has the request, for whoever waits for that.
function at_work(): string
{
    $path = FOLDER . '/state/busy-' . getmypid();
    file_put_contents($path, "at work\n");
    return $path;
}

function wait(int $seconds): void
{
    $path = at_work();
    sleep($seconds);
    unlink($path);
}

function segv(): void
{
    // A true fault, with its line in the kernel's log, where the settings allow it; otherwise only the signal.
    if (extension_loaded('ffi') && ini_get('ffi.enable') === '1') {
        FFI::cdef('char *strcpy(char *, const char *);')->strcpy(null, null);
    }
    posix_kill(getmypid(), 11);
    sleep(5);
}

function database(string $port): void
{
    $connection = @fsockopen('127.0.0.1', (int) $port, $number, $problem, 30);
    if ($connection === false) {
        throw new PDOException("SQLSTATE[HY000] [2002] $problem");
    }
    stream_set_timeout($connection, 30);
    fread($connection, 1);
    throw new PDOException('SQLSTATE[HY000] [2006] MySQL server has gone away');
}

[$path, $query] = explode('?', $_SERVER['REQUEST_URI'] ?? '', 2) + ['', ''];
parse_str($query, $asked);
$body = 'lab ' . substr($path, strrpos($path, '/') + 1) . "\n";
header('Content-Type: text/plain');

switch ($asked['do'] ?? '') {
    case 'slow':
        usleep(300000);
        break;
    case 'wait':
        wait(30);
        break;
    case 'busy':
        for ($round = 0; ; $round++) {
        }
    case 'segv':
        segv();
        break;
    case 'fatal':
        shelf_of_the_shop();
        break;
    case 'memory':
        for ($heap = []; ; ) {
            $heap[] = str_repeat('m', 1 << 20);
        }
    case 'cut':
        echo str_repeat('x', 200000);
        flush();
        shelf_of_the_shop();
        break;
    case 'exit':
        exit(1);
    case 'length-too-long':
        header('Content-Length: ' . (strlen($body) + 100));
        break;
    case 'length-too-short':
        header('Content-Length: ' . (strlen($body) - 3));
        break;
    case 'bad-header':
        header('X Bad Name: 1');
        break;
    case 'giant-header':
        header('X-Debug: ' . str_repeat('d', 70000));
        break;
    case 'bad-gateway':
        http_response_code(502);
        $body = "the payment service answered with an error\n";
        break;
    case 'unavailable':
        http_response_code(503);
        header('Retry-After: 30');
        $body = "down for maintenance\n";
        break;
    case 'database-refused':
        database(CLOSED);
        break;
    case 'database-hangs':
        database(SILENT);
        break;
    case 'service-hangs':
        file_get_contents('http://127.0.0.1:' . SILENT . '/rates');
        break;
    case 'session':
        session_id('lab');
        session_start();
        break;
    case 'session-wait':
        session_id('lab');
        session_start();
        wait(30);
        break;
    case 'stderr':
        for ($line = 0; $line < 200; $line++) {
            error_log("PHP Warning: Undefined variable \$shelf_$line in shop.php on line 12");
        }
        break;
}
echo $body;
