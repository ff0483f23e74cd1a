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
