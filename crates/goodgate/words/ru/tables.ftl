# Слова из таблиц программы: по-английски они стоят в исходном коде.

## Типы ошибок RFC 9209, одним предложением без точки

error-type-dns_timeout = DNS-сервер не ответил
error-type-dns_error = имя программы за шлюзом не удалось разрешить в адрес
error-type-destination_not_found = для этого запроса не настроено ни одной программы за шлюзом
error-type-destination_unavailable = шлюз считает неработающими все программы за шлюзом
error-type-destination_ip_prohibited = адрес программы за шлюзом запрещён
error-type-destination_ip_unroutable = до адреса программы за шлюзом нет пути
error-type-connection_refused = программа за шлюзом отклонила соединение
error-type-connection_terminated = программа за шлюзом закрыла соединение, не успев ответить
error-type-connection_timeout = соединение с программой за шлюзом не удалось открыть вовремя
error-type-connection_read_timeout = программа за шлюзом слишком долго молчала
error-type-connection_write_timeout = программа за шлюзом перестала принимать запрос
error-type-connection_limit_reached = исчерпан предел соединений или запросов
error-type-tls_protocol_error = рукопожатие TLS с программой за шлюзом не удалось
error-type-tls_certificate_error = сертификат программы за шлюзом не принят
error-type-tls_alert_received = программа за шлюзом прервала рукопожатие TLS оповещением (alert)
error-type-http_request_error = шлюз отверг запрос клиента
error-type-http_request_denied = запрос запрещён правилом шлюза
error-type-http_response_incomplete = ответ программы за шлюзом оборвался
error-type-http_response_header_section_size = заголовки ответа программы за шлюзом слишком велики
error-type-http_response_header_size = одно поле заголовка программы за шлюзом слишком длинное
error-type-http_response_body_size = ответ программы за шлюзом слишком велик
error-type-http_response_trailer_section_size = завершающие поля (trailers) программы за шлюзом слишком велики
error-type-http_response_trailer_size = одно завершающее поле (trailer) программы за шлюзом слишком длинное
error-type-http_response_transfer_coding = части ответа (chunks) программы за шлюзом не удалось прочитать
error-type-http_response_content_coding = сжатый ответ программы за шлюзом не удалось распаковать
error-type-http_response_timeout = полный ответ программы за шлюзом занял слишком много времени
error-type-http_upgrade_failed = программа за шлюзом не переключила протокол
error-type-http_protocol_error = ответ программы за шлюзом не соответствует HTTP
error-type-proxy_internal_response = шлюз ответил сам, намеренно
error-type-proxy_internal_error = отказал сам шлюз
error-type-proxy_configuration_error = шлюз настроен неверно
error-type-proxy_loop_detected = шлюз обратился сам к себе

## Чего не дали посмотреть: что, почему и как показать

unseen-not-given = не передано
unseen-error-log = журнал ошибок шлюза
unseen-error-log-how = скопируйте /var/log/nginx/error.log, /var/log/apache2/error.log или журнал вашего шлюза
unseen-configuration = конфигурация шлюза
unseen-configuration-how = nginx -T > nginx.conf или копия файлов конфигурации шлюза
unseen-listening-sockets = слушающие сокеты
unseen-listening-sockets-how = ss -ltnp > ss.txt; ss -xlp >> ss.txt
unseen-processes = процессы
unseen-processes-how = ps -ef > ps.txt
unseen-kernel-log = журнал ядра
unseen-kernel-log-how = dmesg -T > dmesg.txt
unseen-application-log = журнал сервера приложений
unseen-application-log-how = journalctl -u php8.2-fpm --since -1h > app.log или собственный журнал приложения
unseen-single-messages = каждое из очень многих сообщений одного вида
unseen-single-messages-why = в журнале тысячи сообщений, которые отличаются только процессом, сервером или временем; более старые сведены вместе
unseen-single-messages-how = передайте часть журнала вокруг сбоя, например с помощью tail -n 10000
unseen-earlier-incidents = более ранние происшествия
unseen-earlier-incidents-why = журналы говорят более чем о сотне происшествий, оценены только самые новые
unseen-earlier-incidents-how = передайте более старые части журналов отдельно

## Что за слово объясняется

kind-status = код состояния
kind-error-type = тип ошибки по RFC 9209
kind-cause = причина из каталога goodgate
kind-signal = сигнал, который goodgate вычитывает из свидетельств
kind-haproxy-termination-state = состояние завершения в журнале HAProxy
kind-envoy-response-flag = флаг ответа в журнале доступа Envoy
kind-apache-message = номер сообщения в журнале ошибок Apache
kind-proxy-result-code = код результата Squid или Traffic Server
kind-errno = ошибка операционной системы
kind-cloudflare-code = номер ошибки на страницах Cloudflare
kind-heroku-code = код ошибки Heroku
kind-platform-code = имя ошибки платформы
kind-process-end = то, как завершился процесс

## Форматы журналов и вывода команд

format-apache-error = журнал ошибок Apache httpd
format-app-trace = вывод приложения
format-ats-access = журнал доступа Traffic Server
format-ats-error = error.log, diags.log и traffic.out Traffic Server
format-caddy-log = журнал Caddy
format-cgroup = счётчики памяти контрольной группы
format-clf-access = журнал доступа (nginx, Apache и другие)
format-curl-v = пробный запрос (curl -v)
format-df = место в файловых системах (df)
format-dig = ответы DNS-сервера (dig, host, nslookup)
format-dpkg-log = журнал менеджера пакетов (dpkg, apt, yum, dnf)
format-envoy-access = журнал доступа Envoy
format-envoy-app = журнал самого Envoy
format-free = память машины (free)
format-gunicorn-error = журнал gunicorn
format-h2o-access = журнал доступа H2O
format-h2o-error = журнал ошибок H2O
format-haproxy-admin = сообщения HAProxy о состоянии и ошибках
format-haproxy-access = журнал запросов HAProxy (HTTP, TCP, CLF)
format-haproxy-show = управляющий сокет HAProxy: show stat, show errors
format-ip-route = таблица маршрутов (ip route)
format-iptables = правила фильтра пакетов (iptables)
format-kernel = журнал ядра
format-lighttpd-access = журнал доступа lighttpd
format-lighttpd-error = журнал ошибок lighttpd
format-ls-socket = владельцы и права файлов (ls, namei, stat)
format-mariadb = журнал сервера MariaDB или MySQL
format-netstat-counters = сетевые счётчики ядра (nstat, netstat -s)
format-nft = правила фильтра пакетов (nft)
format-nginx-error = журнал ошибок nginx
format-php-error = журнал ошибок PHP
format-php-fpm-access = журнал доступа php-fpm
format-php-fpm-log = журнал php-fpm
format-php-fpm-slow = журнал медленных запросов php-fpm
format-ps = список процессов (ps)
format-squid-access = access.log Squid
format-squid-cache = cache.log Squid
format-ss = список сокетов (ss, netstat)
format-systemctl-status = состояние службы (systemctl status)
format-systemd = строки журнала systemd
format-ufw = правила фильтра пакетов (ufw)
format-uwsgi = журнал uWSGI
format-varnish-access = журнал доступа varnishncsa
format-varnish-backend-list = varnishadm backend.list
format-varnish-log = вывод varnishlog и сообщения varnishd
format-varnishstat = varnishstat -1

## Собственные слова goodgate при сигналах: value-<сигнал>-<слово>

value-gateway-internal-error-resource-exhausted = кончился ресурс
value-gateway-internal-error-header-rewrite = перезапись заголовка
value-gateway-internal-error-request-rewrite = перезапись запроса
value-gateway-internal-error-local-reset = сброшено самим шлюзом
value-gateway-internal-error-overload = перегрузка
value-gateway-internal-error-rate-limit-service = служба ограничения частоты
value-unit-failed-start-timeout = истёк тайм-аут запуска
value-unit-stopped-stop-timeout = истёк тайм-аут остановки
value-unit-inactive-not-found = такой службы нет
value-segfault-general-protection = нарушение защиты памяти (general protection)
value-segfault-invalid-opcode = недопустимая команда процессора (invalid opcode)
value-segfault-trap = исключение процессора (trap)
value-kernel-limit-hit-open-files = открытые файлы
value-kernel-limit-hit-processes = процессы
value-kernel-limit-hit-neighbours = таблица соседей (ARP)
value-kernel-limit-hit-tcp-orphans = осиротевшие сокеты TCP
value-probe-name-failed-refused = отклонено
value-probe-name-failed-timed-out = нет ответа вовремя
value-kernel-limit-hit-tcp-memory = память для TCP
value-firewall-drops-replies = ответные пакеты
value-firewall-rejects-replies = ответные пакеты
