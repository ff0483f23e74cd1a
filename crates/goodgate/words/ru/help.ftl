# Справка: по-английски она стоит у самих аргументов. Ключ — help-<команда>-<аргумент>; то, что одинаково у всех
# команд, — help-any-<аргумент>.

help-usage = Использование:
help-commands = Команды
help-arguments = Аргументы
help-options = Параметры
help-heading-looking-at-a-site = Осмотр сайта
help-word-options = [ПАРАМЕТРЫ]
help-word-command = КОМАНДА
help-default = [по умолчанию: { $value }]
help-values = [возможные значения: { $values }]
help-values-heading = Возможные значения:

## Общее

help-any-help = Показать эту справку (коротко: -h, подробно: --help)
help-any-version = Показать версию
help-any-lang = Язык ответа и этой справки
help-any-lang-value-en = английский (English)
help-any-lang-value-ru = русский
help-any-format = Вид ответа
help-any-format-value-text = для людей, в терминале
help-any-format-value-json = документ для программ (см. docs/schema)
help-any-format-value-md = Markdown, для задачи или вики
help-any-format-value-html = один файл HTML, для браузера
help-any-output = Записать ответ в файл FILE, а не выводить в терминал
help-any-reader = Для кого писать
help-any-reader-value-visitor = у него есть браузер
help-any-reader-value-owner = у него есть система управления сайтом, панель хостинга и FTP
help-any-reader-value-operator = у него есть командная строка сервера
help-any-reader-value-support = письмо хостинг-провайдеру
help-any-no-redact = Показывать секреты (строки запроса, cookie, токены, пароли) как есть
help-any-recipe = Только этот сценарий; можно указать несколько раз
help-any-group = Только сценарии этой группы, например connect, tls, head или body; можно указать несколько раз
help-any-drive = Какими способами обращаться к шлюзу; если не указано, всеми
help-help = Показать эту справку или справку по команде
help-any-subcommand = Команда, о которой рассказать

help-goodgate = Говорит, почему сайт отвечает 502, 503 или 504: какое звено отказало, почему, что делать и кто должен это сделать
help-goodgate-after =
    Начните так:
      goodgate diagnose https://shop.example/         сайт, осмотренный отсюда: что отказало и почему
      goodgate diagnose /var/log/nginx /etc/nginx     на входе журналы и конфигурация, на выходе причина
      goodgate explain 502                            что означает код, флаг или строка
      goodgate explain 'upstream timed out (110: Connection timed out) while connecting to upstream'
      goodgate run --listen :8080 --to http://127.0.0.1:3000
                                                      шлюз перед приложением
      goodgate lab compare nginx haproxy              что делают шлюзы, когда сервер нарочно отказывает

    Диагностика ничего не меняет на этой машине, и ничто из прочитанного её не покидает.
    Если назван сайт, обращения идут только к нему и к DNS-серверам, которые знают его адрес.
    Шлюз и lab слушают и обращаются только туда, куда им велено.

## run

help-run = Запускает шлюз: направляет запросы, распределяет их, повторяет неудавшиеся; о каждом отказе говорит, каков он
help-run-after =
    Примеры:
      goodgate run --listen :8080 --to http://127.0.0.1:3000     всё одному приложению
      goodgate run --to http://127.0.0.1:3000 --to http://127.0.0.1:3001
                                                                 двум, поровну
      goodgate run --listen :80 --to fastcgi+unix:/run/php/php-fpm.sock --root /var/www/site
                                                                 сайт на PHP
      goodgate run -c goodgate.toml                              как сказано в конфигурации
      goodgate run -c goodgate.toml -t                           только сказать, годится ли она

    goodgate check --reference печатает конфигурацию с пояснением каждого ключа.
    Изменённая конфигурация загружается без перезапуска, сама или по SIGHUP; об ошибках в ней сообщается, и в силе
    остаётся прежняя. При SIGTERM и Ctrl-C начатые запросы сначала выполняются.

    Коды завершения: 0, если программу попросили завершиться; 1, если в конфигурации что-то не так (с -t);
      2, если запустить не удалось.
help-run-config = Конфигурация; если ничего не сказано, goodgate.toml из текущего каталога, когда он есть
help-run-listen = Где принимать клиентов, например :8080 или 127.0.0.1:8080 (так и будет, если не сказать); можно указать несколько раз
help-run-to = Сервер, которому идут запросы: http://, https://, fastcgi:// либо http+unix: и fastcgi+unix: с путём; можно указать несколько раз
help-run-root = Каталог с файлами сайта: с серверами FastCGI — сайт на PHP, без серверов — просто файлы
help-run-check = Только сказать, что не так с конфигурацией

## check

help-check = Читает собственную конфигурацию goodgate и говорит обо всём, что в ней не так: строка, ключ и что делать
help-check-after =
    Примеры:
      goodgate check                             goodgate.toml из текущего каталога
      goodgate check /etc/goodgate/goodgate.toml
      goodgate check --reference > goodgate.toml все ключи с пояснениями
      goodgate check --schema > schema.json      JSON Schema для редакторов

    Конфигурации других шлюзов вместе с журналами читает goodgate diagnose.

    Коды завершения: 0 — ничего плохого не найдено; 1 — что-то не так; 2 — посмотреть не удалось.
help-check-files = Конфигурации; если не названы, goodgate.toml, а - для стандартного ввода
help-check-reference = Напечатать конфигурацию с пояснением каждого ключа
help-check-schema = Напечатать JSON Schema конфигураций

## diagnose

help-diagnose = Осматривает сайт, читает журналы, конфигурации, страницы ошибок и сохранённый вывод команд и говорит, что отказало и почему
help-diagnose-after =
    Примеры:
      goodgate diagnose https://shop.example/                     какое звено отказало?
      goodgate diagnose https://shop.example/ --for visitor       или owner, operator, support
      goodgate diagnose https://shop.example/ --origin 192.0.2.7  мимо сети впереди, прямо к серверу
      goodgate diagnose https://shop.example/ --ask               спросит то, что знаете только вы
      goodgate diagnose https://shop.example/ --watch             пока сайт не заработает снова
      goodgate diagnose https://shop.example/ --with office.json  с тем, что нашли в другом месте
      goodgate diagnose https://shop.example/ /var/log/nginx      вместе с журналами сервера
      goodgate diagnose /var/log/nginx /etc/nginx/nginx.conf
      goodgate diagnose error.log --for owner
      ss -ltnp | goodgate diagnose error.log nginx.conf -
      goodgate diagnose error.log --told since='сегодня утром' --told changed='новая версия PHP'
      goodgate diagnose case/ --bundle case.json        сохранить увиденное (без секретов) для других
      goodgate diagnose case.json --format html -o report.html

    То, что знает только человек, для --told:
      since=ТЕКСТ           с каких пор не работает
      changed=ТЕКСТ|nothing что изменили перед этим
      pages=all|some        не работают все страницы или только некоторые
      who=everybody|one-network
                            не работает у всех или только из одной сети
      other-browser=yes|no  работает ли в другом браузере
      running=yes|no        запущена ли программа за шлюзом
      restarted=helped|useless
                            помог ли на время перезапуск
      other-sites=work|fail работают ли другие сайты на том же сервере
      moved=yes|no          переезжал ли недавно сайт или домен
      bill=paid|open        оплачены ли хостинг и домен
      panel=opens|fails     открывается ли панель хостинга
      load=busy|any         бывает ли сбой прежде всего под нагрузкой

    Коды завершения: 0 — ничего плохого не найдено; 1 — найдена неполадка; 2 — посмотреть не удалось;
      3 — посмотреть удалось только частично, и ничего не найдено.
help-diagnose-paths = Сайт (https://shop.example/), или файлы и каталоги (журналы, конфигурации, страницы, сохранённый вывод, наборы свидетельств), или то и другое; «-» — стандартный ввод
help-diagnose-told = Сообщает то, что знает только человек; можно указать несколько раз
help-diagnose-ask = Спрашивает то, что знает только человек, по одному вопросу, начиная с самого важного; Enter значит «не знаю»
help-diagnose-bundle = Записать увиденное без секретов в FILE, чтобы кто-то другой мог разобрать его в другом месте
help-diagnose-origin = Обратиться и к этому адресу, прямо мимо сети, которая стоит перед сайтом (Host и имя сервера остаются прежними); можно указать несколько раз
help-diagnose-resolver = Сравнить ответ этого DNS-резолвера с остальными; можно указать несколько раз
help-diagnose-with = Учесть то, что та же команда с --format json нашла в другом месте; можно указать несколько раз
help-diagnose-budget = Отправить не больше стольких запросов
help-diagnose-patience = Столько ждать ответа; многие шлюзы сдаются через 60 секунд и только тогда говорят почему
help-diagnose-ca = Доверять и удостоверяющим центрам из этого файла (PEM); можно указать несколько раз
help-diagnose-watch = Смотреть снова каждые столько секунд, пока сайт не поправится, и сказать, когда, что изменилось и как долго он не работал
help-diagnose-status-pages = Спросить страницы состояния опознанных сетей и хостингов (по одному запросу к каждой); без этого их адреса только показываются
help-diagnose-private = Обращаться к адресам частных сетей, даже если их называет публичный DNS

## explain

help-explain = Объясняет код состояния, тип ошибки, флаг, код, причину, строку ошибки или страницу
help-explain-after =
    Примеры:
      goodgate explain 502 504                          коды состояния, как их вернуть и проверить
      goodgate explain SC--                             как HAProxy говорит, что сеанс закончился
      goodgate explain UF,URX                           флаги ответа Envoy
      goodgate explain AH01102                          номера сообщений Apache
      goodgate explain connection_refused               типы ошибок RFC 9209
      goodgate explain socket-missing                   причины и сигналы по имени
      goodgate explain 'connect() failed (111: Connection refused) while connecting to upstream'
      tail -n 50 error.log | goodgate explain           много строк
      curl -si https://example.com/ | goodgate explain  страница

    Коды завершения: 0 или 2, если названный файл не удалось прочитать.
help-explain-what = Коды, имена, флаги, строка или файлы; если ничего не дано или дано «-», читается стандартный ввод. То, что начинается с дефиса, ставьте после --

## lab

help-lab = Сервер, который нарочно отказывает, и проверка того, что с этим делают шлюзы
help-lab-after =
    Начните так:
      goodgate lab list                                 способы отказать
      goodgate lab show fin-in-status-line              один из них, шаг за шагом
      goodgate lab serve                                сервер для curl или для вашего шлюза
      goodgate lab test --gateway http://127.0.0.1:8080 что ваш шлюз делает с каждым из них
      goodgate lab compare nginx haproxy                что с каждым делают шлюзы, установленные здесь
help-lab-list = Перечисляет сценарии: способы отказать (и быть исправным), которые знает сервер лаборатории
help-lab-list-after =
    Примеры:
      goodgate lab list
      goodgate lab list --group body
      goodgate lab list --speaks tls --format json

    Коды завершения: 0 или 2, если такой группы нет.
help-lab-list-group = Только сценарии этой группы, например connect, tls, head или body
help-lab-list-speaks = Только сценарии для шлюза, который говорит с программой за ним по этому протоколу
help-lab-show = Говорит, что делает сценарий, что стоит за этим в жизни и как поступает правильный шлюз
help-lab-show-after =
    Примеры:
      goodgate lab show fin-in-status-line
      goodgate lab show fin-in-status-line --format md > recipe.md

    Коды завершения: 0 или 2, если такого сценария нет.
help-lab-show-name = Имя сценария, как его выводит `goodgate lab list`
help-lab-serve = Работает сервером, который отказывает так, как велит путь каждого запроса, пока не нажать Ctrl-C
help-lab-serve-after =
    Примеры:
      goodgate lab serve
      curl -i http://127.0.0.1:8502/r/fin-in-status-line      играет этот сценарий
      curl -i 'http://127.0.0.1:8502/status/502?retry-after=30'
      goodgate lab serve --recipe healthy --listen 127.0.0.1:9000
      goodgate lab serve --ports 20000                        свой порт тем, кому он нужен

    Пользоваться сервером может каждый, кто достанет до адреса; если --listen не говорит иного, это
    адрес только этой машины.

    Коды завершения: 0, когда велели закончить; 2, если слушать не удалось.
help-lab-serve-listen = Адрес, на котором слушать
help-lab-serve-recipe = Играть этот сценарий на каждом соединении, о чём бы ни спрашивали
help-lab-serve-ports = Дать каждому сценарию свой порт, начиная с этого
help-lab-serve-authority = Записать в FILE удостоверяющий центр, которым подписаны сертификаты TLS лаборатории
help-lab-test = Проверяет шлюз, за которым стоит только лаборатория: играет ему сценарий за сценарием и судит о том, что получают клиенты
help-lab-test-after =
    Как это сделать:
      1. Пусть шлюз передаёт всё на 127.0.0.1:8503 (или туда, куда велит --listen) и больше никуда.
         Задайте ему тайм-ауты меньше --patience: на молчащих сценариях они истекают целиком.
      2. goodgate lab test --gateway http://127.0.0.1:8080

    Примеры:
      goodgate lab test --gateway http://127.0.0.1:8080 --recipe fin-in-status-line
      goodgate lab test --gateway https://gateway.example/lab --drive get,post --patience 10s
      goodgate lab test --gateway http://127.0.0.1:8080 --speaks tls --authority lab.pem
      goodgate lab test --gateway http://127.0.0.1:8080 --format html -o gateway.html

    Коды завершения: 0 — всё в порядке или терпимо; 1 — что-то хуже; 2 — посмотреть не удалось.
help-lab-test-gateway = Адрес шлюза, как его пишет клиент; путь в нём ставится перед путями самой лаборатории
help-lab-test-listen = Адрес, на котором лаборатория слушает как программа за шлюзом
help-lab-test-speaks = По какому протоколу шлюз говорит с программой за ним
help-lab-test-authority = Записать в FILE удостоверяющий центр, которому должен доверять шлюз, для --speaks tls
help-lab-test-patience = Столько клиент ждёт ответа; больше тайм-аутов самого шлюза
help-lab-test-wait = Столько ждать первого исправного ответа через шлюз, пока вы его настраиваете
help-lab-compare = Запускает установленные здесь шлюзы, каждый перед лабораторией, играет им все сценарии и сравнивает
help-lab-compare-after =
    Примеры:
      goodgate lab compare --list                       какие шлюзы можно запустить здесь
      goodgate lab compare                              все шлюзы, все сценарии
      goodgate lab compare nginx haproxy --recipe fin-in-status-line
      goodgate lab compare goodgate --front http2       то же, но клиенты спрашивают по HTTP/2
      goodgate lab compare --format html -o matrix.html

    Шлюзы запускаются с нашими конфигурациями во временном каталоге, на портах только этой машины,
    а потом останавливаются; те, что уже работают, не трогаются.

    Коды завершения: 0 — всё в порядке или терпимо; 1 — что-то хуже; 2 — посмотреть не удалось.
help-lab-compare-products = Какие шлюзы сравнить; если не названо ни одного, все установленные
help-lab-compare-front = На чём клиенты говорят со шлюзами: HTTP/1.1, HTTP/1.1 поверх TLS или HTTP/2 поверх TLS. Сертификат делается для этого случая; HTTP/2 не знает HTTP/1.0, поэтому этот способ запроса пропускается
help-lab-compare-list = Сказать, какие шлюзы известны и какие из них установлены, и закончить
help-lab-compare-outside = Смотреть на каждый сценарий ещё и снаружи, как `goodgate diagnose URL`, и сказать, что видно только оттуда; каждый запрашивается ещё по нескольку раз; только без TLS

## Что не так с командной строкой

help-wrong-missing = не хватает: { $what }
help-wrong-missing-command = нужна команда
help-wrong-unknown = { $what } здесь не известно
help-wrong-command = команды { $what } нет
help-wrong-value = значение { $value } не подходит для { $what }
help-wrong-value-because = значение { $value } не подходит для { $what }: { $reason }
help-wrong-no-value = после { $what } нужно значение
help-wrong-conflict = { $what } нельзя указать вместе с { $other }
help-wrong-many = { $what } указано больше раз, чем можно
# Причины, по которым значение не подходит.
help-wrong-time = { $text } — не длительность; пишите как 5s или 500ms
help-wrong-time-range = длительность должна быть больше нуля и не больше десяти минут
help-wrong-number = это не целое число
help-wrong-range = число должно быть в пределах { $range }
help-wrong-address = это не адрес с портом; пишите как 127.0.0.1:8502
help-wrong-hint = Подробнее: --help --lang ru
help-wrong-perhaps = возможно, вы имели в виду { $what }
