# Что делать — для каждого читателя.

## Кто может исправить

who-visitor = посетитель
who-owner = владелец сайта
who-developer = разработчик приложения
who-operator = администратор сервера
who-hosting = хостинг-провайдер
who-cdn = поставщик CDN
who-dns = администратор зоны DNS
who-third-party = поставщик внешнего сервиса
who-nobody = никто: сайт тут ни при чём
who-or = { $before } или { $last }

## Способы исправить

what-to-do = Что делать ({ $who })
no-remedy = В каталоге пока нет рецепта для этого случая.
risk-look = только посмотреть
risk-reload = конфигурация перечитывается; посетители ничего не заметят
risk-restart = перезапуск; текущие запросы могут не выполниться
risk-data = меняет данные
step-keep = Что сохранить сначала: { $what }
step-keep-copy = Сначала сохраните копию: { $command }
step-done = Готово, когда: { $what }
step-helped = Помогло, если: { $what }
step-undo = Как вернуть назад: { $how }

## Имена, которых нет в свидетельствах

slot-host = адрес машины, где работает программа за шлюзом
slot-port = порт программы за шлюзом
slot-socket = путь к сокету
slot-service = имя службы приложения
slot-gateway = имя шлюза
slot-php = версия PHP этого сайта (например, 8.3)
slot-meaning = { $word } — { $meaning }
slots-and = { $before } и { $last }
slots-put-in = Подставьте свои имена: { $names }.
slot-target = адрес программы за шлюзом
slot-listens = тот, на котором оно слушает
