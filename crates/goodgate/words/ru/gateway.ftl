# Что goodgate run и goodgate check говорят о собственных конфигурациях goodgate.

check-fine = { $name }: ошибок не найдено
check-error = ошибка:
check-warning = предупреждение:
check-of-another = { $name }: это конфигурация { $product }; goodgate check пока читает только собственные, а эту вместе с журналами читает goodgate diagnose
check-unknown = { $name }: это не конфигурация goodgate: в ней нет ни [[site]], ни [upstream.ИМЯ]
check-no-text = это не текст в UTF-8
run-listens = слушает { $address }
run-upstream = апстрим { $name }: { $servers }
run-log = каждый запрос записывается в { $path }
run-log-out = каждый запрос записывается в стандартный вывод
run-no-log = запросы не записываются (access_log.format = "off")
run-admin = числа: http://{ $address }/metrics, состояние: http://{ $address }/status
run-follows = изменения в { $file } замечаются и вступают в силу через несколько секунд; SIGHUP загружает файл сразу
run-follows-not = SIGHUP загружает { $file } заново (за файлом не следят: process.watch_config = false)
run-hint = Ctrl-C или SIGTERM завершает работу, когда на все запросы отвечено
run-ends = получена просьба завершиться; начатые запросы сначала будут выполнены
run-changed = файл { $file } изменился
run-certificate-kept = сертификат обновлён, но использовать его нельзя, поэтому клиентам по-прежнему предъявляется прежний: { $why }
run-loaded = конфигурация загружена заново
run-waits = изменение { $key } вступит в силу только после перезапуска
run-not-loaded = конфигурация не загружена; в силе остаётся прежняя

# Вероятные причины на странице отказа, по строке на каждую.

first-cause-do = Что делать: { $title }: { $steps }.
first-cause-then = Если дело в этом: { $titles }.
first-cause-more = Всё об этом: goodgate explain { $id }
first-cause-other = Возможно и другое: { $cause }.
first-cause-unsure = Может быть: { $cause }.
first-cause-try = Для начала: { $title }.
