# Флаги Envoy, буквы HAProxy, ошибки операционной системы, завершение процессов и подробности типов ошибок.

## Флаги ответа Envoy: часть предложения без точки

envoy-response-flag-UH = в кластере нет ни одного здорового хоста, поэтому ни к одному не обращались
envoy-response-flag-UF = соединение с программой за шлюзом (upstream) не удалось: отклонено, тайм-аут или TLS; что именно, говорит %UPSTREAM_TRANSPORT_FAILURE_REASON%
envoy-response-flag-UO = разомкнут предохранитель (circuit breaker): слишком много соединений, ожидающих запросов, запросов или повторов
envoy-response-flag-UT = программа за шлюзом (upstream) не закончила ответ за тайм-аут маршрута (по умолчанию 15 с)
envoy-response-flag-UC = программа за шлюзом (upstream) закрыла соединение, пока выполнялся запрос
envoy-response-flag-UR = программа за шлюзом (upstream) сбросила поток
envoy-response-flag-LR = Envoy сбросил поток сам
envoy-response-flag-URX = все повторы (или попытки соединиться) израсходованы; что не удалось в последний раз, говорят остальные флаги
envoy-response-flag-UPE = ответ программы за шлюзом (upstream) неправилен
envoy-response-flag-UMSDR = поток длился дольше, чем разрешает max_stream_duration
envoy-response-flag-NR = запросу не подходит ни один маршрут или соединению — ни одна цепочка фильтров
envoy-response-flag-NC = маршрут называет кластер, которого нет
envoy-response-flag-DF = имя программы за шлюзом (upstream) не удалось разрешить
envoy-response-flag-NFCF = не пришла конфигурация фильтра
envoy-response-flag-LH = местная служба не проходит проверку здоровья
envoy-response-flag-OM = перегружен сам Envoy, и он отказал в запросе
envoy-response-flag-DO = управляющая служба (control plane) велела Envoy отбрасывать часть запросов
envoy-response-flag-UDO = управляющая служба (control plane) велела Envoy отбрасывать все запросы
envoy-response-flag-RL = достигнут предел частоты запросов
envoy-response-flag-RLSE = отказала служба ограничения частоты
envoy-response-flag-UAEX = служба авторизации запретила запрос
envoy-response-flag-IH = в запросе неправильный заголовок x-envoy
envoy-response-flag-DPE = запрос клиента неправилен
envoy-response-flag-SI = в потоке ничего не происходило столько, сколько разрешает stream_idle_timeout
envoy-response-flag-DT = соединение длилось дольше, чем разрешает max_connection_duration
envoy-response-flag-DC = клиент закрыл соединение раньше, чем появился ответ (код 0)
envoy-response-flag-DR = клиент сбросил поток (код 0)
envoy-response-flag-DI = задержка внесена нарочно
envoy-response-flag-FI = сбой внесён нарочно
envoy-response-flag-RFCF = ответ взят из кэша Envoy

## Состояния завершения HAProxy: кто завершил сеанс

haproxy-termination-state-who-none = сеанс завершился обычным образом
haproxy-termination-state-who-C = соединение оборвал клиент
haproxy-termination-state-who-S = соединение отклонил или оборвал сервер
haproxy-termination-state-who-P = завершил сам HAProxy: правило, предел или ответ, который он счёл неправильным
haproxy-termination-state-who-L = HAProxy ответил сам и к серверу не обращался (перенаправление, кэш, статистика)
haproxy-termination-state-who-R = у HAProxy кончился ресурс (память, файловые дескрипторы, порты)
haproxy-termination-state-who-I = внутренняя ошибка HAProxy, которой не должно быть никогда
haproxy-termination-state-who-D = завершил HAProxy, потому что сервер перестал работать (on-marked-down shutdown-sessions)
haproxy-termination-state-who-U = HAProxy завершил сеанс на запасном сервере, потому что вернулся основной
haproxy-termination-state-who-K = завершил администратор
haproxy-termination-state-who-c = истёк тайм-аут, пока HAProxy ждал клиента
haproxy-termination-state-who-s = истёк тайм-аут, пока HAProxy ждал сервер

## На каком этапе

haproxy-termination-state-when-none = после того как всё было сделано
haproxy-termination-state-when-R = пока ожидался запрос (timeout http-request)
haproxy-termination-state-when-Q = пока запрос стоял в очереди к серверу (timeout queue; таймер Tw)
haproxy-termination-state-when-C = пока открывалось соединение с сервером (timeout connect; таймер Tc, -1, если оно так и не открылось)
haproxy-termination-state-when-H = пока ожидались поля заголовка от сервера (timeout server; таймер Tr, -1, если они так и не пришли)
haproxy-termination-state-when-D = пока передавались данные (ответ уже начался; таймеры полные, части байтов может не хватать)
haproxy-termination-state-when-L = пока последние данные уходили клиенту, а сервер уже закончил
haproxy-termination-state-when-T = в ловушке для нежелательных клиентов (tarpit)

## Cookie клиента и сервера

haproxy-termination-state-client-none = привязки по cookie нет
haproxy-termination-state-client-N = клиент не прислал cookie
haproxy-termination-state-client-I = cookie клиента называет неизвестный сервер
haproxy-termination-state-client-D = cookie клиента называет сервер, который не работает
haproxy-termination-state-client-V = cookie клиента действительна
haproxy-termination-state-client-E = срок cookie клиента истёк
haproxy-termination-state-client-O = cookie клиента слишком старая
haproxy-termination-state-client-U = cookie была, но не использована
haproxy-termination-state-server-none = с cookie ничего не делали
haproxy-termination-state-server-N = сервер не прислал cookie, и вставлена она не была
haproxy-termination-state-server-P = cookie сервера передана дальше
haproxy-termination-state-server-I = HAProxy вставил cookie
haproxy-termination-state-server-U = HAProxy обновил дату в cookie
haproxy-termination-state-server-D = cookie сервера удалена
haproxy-termination-state-server-R = cookie сервера переписана

## Пары, которые значат больше, чем обе буквы

haproxy-termination-state-pair-none = Обычное завершение. Код состояния от 500 в таком случае пришёл от самого сервера.
haproxy-termination-state-pair-SC = Сервер отклонил соединение или был недоступен, и все повторы не помогли. Если стоит <NOSRV> и таймеры равны -1, ни одного сервера не было вообще: все считаются неработающими.
haproxy-termination-state-pair-sC = Соединение с сервером не удалось открыть за timeout connect: межсетевой экран молча отбрасывает пакеты или заполнена очередь.
haproxy-termination-state-pair-sQ = Запрос ждал в очереди дольше timeout queue: на всех серверах достигнут maxconn.
haproxy-termination-state-pair-SQ = Сервер пропал, пока запрос стоял в очереди.
haproxy-termination-state-pair-SH = Сервер закрыл соединение, не закончив полей заголовка: он упал, был убит или перезапущен.
haproxy-termination-state-pair-sH = Сервер принял запрос и не ответил за timeout server.
haproxy-termination-state-pair-PH = HAProxy отверг ответ сервера: неправильный, слишком велик для буфера (tune.bufsize) или запрещён правилом. Что было неправильно, покажет `show errors`.
haproxy-termination-state-pair-SD = Сервер оборвал ответ на середине; часть его клиент получил.
haproxy-termination-state-pair-sD = На середине ответа сервер перестал передавать дольше, чем на timeout server.
haproxy-termination-state-pair-PD = Часть (chunk) ответа сервера составлена неправильно.
haproxy-termination-state-pair-RC = HAProxy не смог открыть соединение: не хватило портов, файловых дескрипторов или памяти.
haproxy-termination-state-pair-PC = HAProxy не смог открыть соединение: достигнут предел процесса.
haproxy-termination-state-pair-PR = HAProxy отверг запрос: составлен неправильно (400), запрещён (403) или не удалась перезапись (500).
haproxy-termination-state-pair-PT = Запрос нарочно задержан и отвергнут (tarpit).
haproxy-termination-state-pair-LR = HAProxy ответил сам: перенаправление, готовый ответ, статистика.
haproxy-termination-state-pair-cR = Клиент не закончил запрос за timeout http-request.
haproxy-termination-state-pair-CR = Клиент ушёл, не закончив запрос.
haproxy-termination-state-pair-CQ = Клиент ушёл, пока его запрос стоял в очереди; если таких много, серверы слишком медленны или их слишком мало.
haproxy-termination-state-pair-CC = Клиент ушёл, пока открывалось соединение с сервером.
haproxy-termination-state-pair-CH = Клиент ушёл, пока сервер готовил ответ; если таких много и все одной длительности, на ней кончается чьё-то терпение.
haproxy-termination-state-pair-CD = Клиент ушёл посреди ответа; в малом числе это обычный шум.
haproxy-termination-state-pair-cD = Клиент не читал дольше, чем разрешает timeout client.
haproxy-termination-state-pair-DH = Сервер был признан неработающим, пока готовил ответ, и HAProxy завершил сеанс.
haproxy-termination-state-pair-IC = Внутренняя ошибка HAProxy при соединении.

## Ошибки операционной системы

errno-1 = Система этого не разрешает: часто это правило межсетевого экрана на этой машине или ограничение контейнера.
errno-2 = Такого файла нет. Если это unix-сокет: программа за шлюзом (upstream) не работает или слушает по другому пути.
errno-11 = Прямо сейчас ничего сделать нельзя. При соединении с unix-сокетом: его очередь заполнена, потому что ни один рабочий процесс не принимает соединения.
errno-12 = У системы нет на это памяти.
errno-13 = Запрещают права на файл или модуль безопасности (SELinux, AppArmor). Если это unix-сокет: его владелец и права или права его каталога.
errno-23 = Во всей системе открыто слишком много файлов.
errno-24 = У процесса открыто слишком много файлов и соединений: достигнут его предел (ulimit -n, LimitNOFILE).
errno-28 = Диск (или его inode) заполнен.
errno-30 = Файловая система подключена только для чтения, часто после ошибки диска.
errno-32 = Запись в соединение, которое другая сторона закрыла: программа за шлюзом (upstream) умерла или не захотела остального; если это соединение с клиентом — клиент ушёл.
errno-98 = На этом адресе уже кто-то слушает, поэтому программа не может на нём запуститься.
errno-99 = Нельзя взять ни одного местного адреса или порта: кончились временные (ephemeral) порты, или заданный адрес отправителя не принадлежит этой машине.
errno-101 = К этому адресу нет маршрута; часто это IPv6 на машине, где его нет.
errno-103 = Соединение оборвано на этой стороне.
errno-104 = Соединение оборвала другая сторона: процесс упал или был убит, закрыл соединение с непрочитанными данными, или срок сохранённого соединения как раз истёк.
errno-105 = У системы нет на это буферов.
errno-107 = Соединения больше нет.
errno-110 = Нет ответа вовремя. При соединении: межсетевой экран молча отбрасывает пакеты, машина выключена, очередь заполнена. При чтении: приложение работает медленно или зависло.
errno-111 = Машина ответила, что на этом порту никто не слушает: программа не работает, слушает в другом месте или отказывает межсетевой экран.
errno-112 = Машина не отвечает в своей сети.
errno-113 = До машины нет пути: она не отвечает в своей сети или межсетевой экран отказывает с «host unreachable».
errno-122 = Исчерпана дисковая квота пользователя или каталога.
errno-70007 = Apache ждал программу за шлюзом (upstream) столько, сколько разрешает ProxyTimeout (или timeout=).
errno-70014 = Программа за шлюзом (upstream) закрыла соединение там, где Apache ждал продолжения её ответа.
errno-of-macos-and-freebsd = macOS и FreeBSD
errno-of-windows = Windows
errno-of-apache-on-windows = Apache под Windows

## Как завершаются процессы

process-end-SIGKILL = Процесс завершили сразу, извне, не дав прибрать за собой: ядро, когда кончилась память, предел памяти контейнера, управляющая служба, у которой кончилось терпение, или чей-то kill -9.
process-end-SIGSEGV = Программа обратилась к чужой памяти (segmentation fault): ошибка в самой программе либо в расширении или библиотеке, которую она загружает.
process-end-SIGABRT = Программа завершила себя сама, потому что заметила недопустимое (abort): не прошла проверка, повреждена память или её не удалось получить.
process-end-SIGBUS = Программа читала память, за которой ничего не стоит: часто это файл, обрезанный во время работы, либо заполненный диск или общая память.
process-end-SIGTERM = Процесс попросили завершиться; так поступает служба управления, когда останавливает или перезапускает службу.

## Типы ошибок RFC 9209: что это значит

error-type-dns_timeout-more = Шлюз спросил адрес программы за ним и не получил ответа вовремя: DNS-резолвер не работает, недоступен или перегружен.
error-type-dns_error-more = DNS-резолвер ответил, но ошибкой: такого имени нет, зона повреждена или резолвер отказывает.
error-type-destination_not_found-more = Ни один маршрут и ни одна программа за шлюзом не подходят к тому, что запрошено.
error-type-destination_unavailable-more = Шлюз даже не пытался: проверки здоровья или прежние сбои вывели все программы из работы. Ищите, почему они отказали раньше.
error-type-destination_ip_prohibited-more = Правило шлюза запрещает соединяться с адресом, на который указывает имя.
error-type-destination_ip_unroutable-more = Маршрутизация, межсетевой экран, который отказывает, или машина, которой нет.
error-type-connection_refused-more = Машина сразу ответила, что там никто не слушает: программа не работает, слушает в другом месте или её очередь заполнена.
error-type-connection_terminated-more = Соединение было открыто, запрос, возможно, дошёл, а потом всё закончилось без полного ответа: программа упала, была убита или перезапущена, или срок сохранённого соединения как раз истёк.
error-type-connection_timeout-more = На попытку соединиться не ответили вообще: межсетевой экран молча отбрасывает пакеты, машина выключена, адрес неверный или очередь заполнена.
error-type-connection_read_timeout-more = Соединение было открыто, запрос отправлен, а потом ничего не приходило столько, сколько ждёт шлюз: приложение работает медленно, зависло, или у него кончились рабочие процессы.
error-type-connection_write_timeout-more = Шлюз не смог вовремя передать запрос: программа за шлюзом его не читает.
error-type-connection_limit_reached-more = Шлюзу нельзя открыть больше соединений с программой за ним, или её очередь заполнена.
error-type-tls_protocol_error-more = Часто одна сторона говорит по TLS, а другая нет, или у них нет общей версии или шифра.
error-type-tls_certificate_error-more = Он просрочен, выдан на другое имя или подписан тем, кому шлюз не доверяет.
error-type-tls_alert_received-more = Программа за шлюзом назвала причину номером: шлюз не прислал сертификата, имя ей неизвестно, версия ей незнакома.
error-type-http_request_error-more = Виноват сам запрос, и шлюз отвечает подходящим кодом 4xx.
error-type-http_request_denied-more = Правило доступа, межсетевой экран для веб-приложений (WAF) или ограничение частоты; к программе за шлюзом не обращались.
error-type-http_response_incomplete-more = Начало ответа пришло, остальное нет: программа упала на середине, была убита, или длина указана неверно.
error-type-http_response_header_section_size-more = Много полей или длинные поля, часто cookie; буфер шлюза для них меньше.
error-type-http_response_header_size-more = Часто это cookie, список ссылок или политика безопасности.
error-type-http_response_body_size-more = Шлюз ограничивает размер тела.
error-type-http_response_trailer_section_size-more = Поля после тела тоже ограничены.
error-type-http_response_trailer_size-more = Поля после тела тоже ограничены.
error-type-http_response_transfer_coding-more = Длины между частями составлены неправильно, или способ передачи неизвестен.
error-type-http_response_content_coding-more = Сказано gzip, brotli или подобное, но это не так, или данные повреждены.
error-type-http_response_timeout-more = Истёк предел на весь ответ, пусть даже байты продолжали приходить.
error-type-http_upgrade_failed-more = Был запрошен переход на WebSocket или другую версию HTTP, и он не произошёл.
error-type-http_protocol_error-more = Ответ нарушает правила так, что особого типа для этого нет, или на этом порту говорят по другому протоколу.
error-type-proxy_internal_response-more = Перенаправление, готовая страница, страница обслуживания: это не сбой.
error-type-proxy_internal_error-more = У него кончились файловые дескрипторы, память, порты или место на диске, или в нём ошибка.
error-type-proxy_configuration_error-more = Он не может сделать того, что ему велено.
error-type-proxy_loop_detected-more = Запрос сделал круг и вернулся.
