# Что говорит `explain` вокруг таблиц: о слове, о строке, о странице.

## Слова

word-is = ({ $asked } — { $kind }.)
often-got-wrong = В чём часто ошибаются
for-the-owner = Владельцу сайта
stands-behind-cause = Что чаще всего за этим стоит
stands-behind-signal = В пользу каких причин это говорит
stands-behind-word = Какие причины могут за этим стоять; самые частые — первыми
more-causes = и ещё { $n }; `goodgate explain` с типом ошибки (см. выше) сузит круг
how-to-recognise = Как это распознать
what-a-gateway-sees = Что видит шлюз
signal-is-failure = Это сбой запроса.
signal-is-failure-of = Это сбой запроса, { $error }: { $short }.
signal-is-failure-in = Это сбой запроса, { $error }, на этапе «{ $phase }»: { $short }.
signal-is-circumstance = Это обстоятельство, которое помогает различить причины.
signal-is-noise = Это обычный шум исправной службы.

## Строки и страницы

tells-no-failure = О сбое здесь ничего не говорится.
does-not-tell-why = Само по себе это не говорит о причине.
what-it-says = Что здесь сказано
more-signals = и ещё { $n }; `goodgate diagnose` взвесит все.
lines-of = { $lines }: { $format }
a-configuration = Конфигурация { $product }
a-page = Страница ошибки или заголовки ответа
nothing = Ничего
not-text = Не текст
unknown-format = Текст в неизвестном формате
certainty-proven = доказано
certainty-likely = вероятно
certainty-possible = возможно
certainty-cannot-tell = по одному этому судить нельзя
can-stand-behind = Что может за этим стоять; самое вероятное — первым
tells-more = `goodgate explain { $id }` расскажет подробнее о первой причине; какая верна, покажет `goodgate diagnose` с журналами и конфигурацией.
read-no-failure = Всё прочитано, и ничто не говорит о сбое шлюза.
line-not-understood = Эту строку понять не удалось.
nothing-there = Объяснять нечего.
no-line-understood = Ни одной строки понять не удалось.
what-to-try = Что попробовать
try-whole-line = Дайте строку целиком, как она стоит в журнале: со временем и всем, что идёт дальше.
try-more-lines = Дайте несколько строк до и после неё или весь файл: `goodgate explain error.log`.
try-error-log = Дайте журнал ошибок, а не журнал доступа; годятся и одни коды: `goodgate explain 502`.
try-page = Страницу сохраните вместе с заголовками: `curl -si URL > page.txt`.

## Коды состояния

who-sends-it = Кто его отправляет: { $who }
defined-where = Где определён: { $defined }.
section-of = { $document }, раздел { $section }
obsolete-documents = RFC 2616 и RFC 7231 устарели; действует { $defined }.
phrase-of-another = { $code } означает «{ $phrase }»; «{ $asked }» относится к { $owner }.
its-neighbours = С чем его путают
what-a-gateway-means = Что шлюз имеет в виду
return-on-purpose = Как вернуть { $code } нарочно: { $with }
test-for-status = Как проверить, что приходит { $code }
test-prints = напечатает { $code }
test-whole-head = все заголовки: видно, кто ответил
clients-get = Клиент обычно получает { $status }.

## Типы ошибок

error-type-defined = Определён в RFC 9209, раздел { $section }, под названием «{ $title }»; RFC рекомендует отвечать { $status }.
error-type-defined-openly = Определён в RFC 9209, раздел { $section }, под названием «{ $title }»; какой код отвечать, по RFC зависит от случая.
certainly-by-gateway = Ответ с такой ошибкой точно составил шлюз, а не приложение.
how-a-gateway-says-so = Как шлюз об этом говорит

## Ошибки и завершение процессов

errno-numbers-differ = В разных системах номера разные; здесь даны номера Linux.
errno-elsewhere = { $number } — номер этой же ошибки в { $system }.
errno-of-apr = Это номер из библиотеки APR (Apache Portable Runtime); он стоит там, где обычно стоит errno.
process-ended = { $name }: сигнал { $signal }, код завершения { $code }
no-exit-code-of-its-own = У процесса, завершённого сигналом, своего кода завершения нет; оболочки и контейнеры сообщают вместо него сумму 128 и номера сигнала.

## Коды продуктов

apache-other-number = Это номер сообщения Apache httpd, но не из тех, которые, насколько известно goodgate, говорят о неполадках шлюза. Дайте строку целиком: её слова говорят больше, чем номер.
cloudflare-error = Ошибка Cloudflare { $code }
cloudflare-shows-it = Cloudflare показывает её на странице; код состояния при этом 403, 409, 429, 503 или 530.
heroku-router-answers = Маршрутизатор Heroku отвечает при этом 503 (499, если клиент ушёл).
status-behind-slash = Код состояния после косой черты — тот, который получил клиент
error-behind-code = Ошибка операционной системы, которая за этим стоит
in-envoy-log = { $asked } в журнале доступа Envoy
flag-by-flag = Флаг за флагом
envoy-tried-again = Envoy повторял попытки, пока они не кончились, и последняя закончилась именно так.
in-haproxy-log = { $asked } в журнале HAProxy
letter-by-letter = Буква за буквой
haproxy-letter-who = { $letter }, кто завершил: { $means }
haproxy-letter-when = { $letter }, когда: { $means }
haproxy-letter-client-cookie = { $letter }, cookie клиента: { $means }
haproxy-letter-server-cookie = { $letter }, cookie сервера: { $means }
haproxy-in-short = Коротко: { $who }, { $when }.
haproxy-timers = Таймеры рядом с ним (TR/Tw/Tc/Tr/Ta, в миллисекундах)
haproxy-timer-request = TR: пока запрос не пришёл целиком
haproxy-timer-queue = Tw: ожидание в очереди; -1, если запрос так из неё и не вышел
haproxy-timer-connect = Tc: открытие соединения с сервером; -1, если оно так и не открылось
haproxy-timer-response = Tr: до заголовков ответа сервера; -1, если они так и не пришли
haproxy-timer-all = Ta: всё вместе
