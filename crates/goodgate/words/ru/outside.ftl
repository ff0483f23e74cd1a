# Что взгляд на сайт снаружи говорит о себе.

outside-beforehand = Смотрим на { $host }: { $budget ->
    [one] не больше { $budget } запроса
   *[other] не больше { $budget } запросов
}, только чтение (GET). Адреса спрашиваем у DNS-серверов.
outside-resolving = узнаём адрес { $host }
outside-asking = спрашиваем { $host } по { $addresses }
outside-answered = { $path }: { $status }
outside-one-site = по одному сайту за раз: назовите один адрес и, если есть, файлы
outside-scheme = на { $scheme }:// посмотреть нельзя; напишите http:// или https://
outside-url = { $given } — не адрес сайта ({ $reason }); пишите как в браузере, например https://shop.example/
outside-user-left-out = имя и пароль перед именем сайта не отправляются: смотрим на сайт так, как его видит любой
outside-origin-wrong = --origin { $given } — не IP-адрес; напишите 192.0.2.7, 192.0.2.7:8443 или [2001:db8::7]:443
outside-resolver-wrong = --resolver { $given } — не IP-адрес; напишите 192.0.2.53, 192.0.2.53:5353 или [2001:db8::53]:53
outside-resolver-many = --resolver можно указать не больше { $n } раз
outside-needs-site = для { $what } нужен сайт: назовите его, например https://shop.example/
outside-ca-unreadable = --ca { $file } прочитать не удалось: { $reason }
outside-authorities-unreadable = сертификаты удостоверяющих центров использовать не удалось: { $reason }
outside-no-sockets = подготовить соединение не удалось: { $reason }
outside-budget-wrong = --budget должен разрешать хотя бы один запрос
outside-patience-wrong = --patience — от 1 до 600 секунд
outside-with-unreadable = --with { $file } прочитать не удалось: { $reason }; нужен вывод goodgate diagnose URL --format json
outside-with-no-look = в --with { $file } нет взгляда на сайт; нужен вывод goodgate diagnose URL --format json
outside-with-other-site = --with { $file } — о другой странице ({ $there }), а смотрим на { $here }
outside-with-apart = --with { $file } не учтён: между тем взглядом и этим прошло { $n } мин, а сравнивать можно лишь то, что увидено в пределах { $max } мин
outside-you = вы
outside-hop-dns = имя найдено
outside-hop-dns-none = имя не найдено
outside-hop-http = веб-сервер
outside-hop-upstream = программа за ним
outside-ms = { $n } мс
outside-s = { $n } с
outside-or = ; или{" "}
outside-healthy = { $host } в порядке: на каждый запрос сайт ответил.
outside-healthy-but = Если у вас он всё равно не открывается, причина между вами и сайтом: это покажет другая сеть, другой браузер или другой компьютер. Подробнее — с `--told who=one-network` и `--for visitor`.
outside-answers-refusing = { $host } отвечает, и ни один сервер по пути не сбоит; но на этот запрос он отвечает { $status }.
outside-checked = Что проверено
outside-left-out = О чём не спрашивали
outside-name-unresolved = Имя { $host }: адрес не найден.
outside-name-resolved = Имя { $host }: { $found }.
outside-certificate = Сертификат: действителен до { $until }, выдан { $issuer }.
outside-requests = Всего { $n ->
    [one] { $n } запрос
    [few] { $n } запроса
   *[many] { $n } запросов
}, { $took }.
outside-purpose-page = страница
outside-purpose-http1 = страница по HTTP/1.1
outside-purpose-reused = страница по уже открытому соединению
outside-purpose-cookies = страница с куки сайта
outside-purpose-home = главная страница
outside-purpose-made-up = страница, которой быть не может
outside-purpose-static = простой файл
outside-purpose-origin = страница прямо с исходного сервера
outside-times = , { $n ->
    [one] { $n } раз
    [few] { $n } раза
   *[many] { $n } раз
}
outside-point = { $what } ({ $url }{ $peer }{ $times }): { $came }
outside-after = через { $time }
outside-after-range = через { $from } – { $to }
outside-came-from = { $status }, ответил { $maker },
outside-came-failure = ответа нет ({ $error })
outside-came-broken = , ответ оборван или нечитаем,
outside-left-private = { $addresses }: это не адрес публичного интернета, и назвал его только DNS; спросить всё равно — --private
outside-left-many = { $n ->
    [one] ещё { $n } адрес имени
    [few] ещё { $n } адреса имени
   *[many] ещё { $n } адресов имени
}: для сравнения хватает четырёх
outside-left-budget = другие страницы: достигнут предел запросов; его поднимает --budget
outside-left-authorities = можно ли доверять сертификату: на этом компьютере нет сертификатов удостоверяющих центров (пакет ca-certificates), и --ca их не назвал
outside-left-redirect = { $url }: туда отправляет сайт, но это не адрес публичного интернета; пойти всё равно — --private
outside-left-scheme = адрес, который начинается с { $scheme }: туда отправляет сайт, и это не веб-страница
outside-left-follow-ups = меняют ли что-то куки и отвечает ли простой файл: страница отвечала долго, и новые запросы удвоили бы время
outside-left-redirects = где кончаются перенаправления: их больше, чем проходит проверка
outside-left-circle = { $url } ещё раз: перенаправления возвращают туда же
outside-left-limited = { $n ->
    [one] сайт ограничивает число запросов: { $n } из наших отклонён и не учтён
    [few] сайт ограничивает число запросов: { $n } из наших отклонены и не учтены
   *[other] сайт ограничивает число запросов: { $n } из наших отклонено и не учтено
}
outside-state-no-address = нет адреса
outside-change-answer = { $now } вместо { $was }
outside-change-addresses = имя ведёт на { $now } вместо { $was }
outside-change-certificate = сертификат действителен до { $now } вместо { $was }
outside-watch-line = { $at }  { $state }
outside-watch-down = не работает { $time }
outside-watch-well = { $at }  снова работает, спустя { $time } (сбой впервые замечен { $since })
outside-watch-begun = Смотрим снова каждые { $n ->
    [one] { $n } секунду
    [few] { $n } секунды
   *[many] { $n } секунд
}, пока сайт не заработает; Ctrl-C прекращает.
outside-watch-needs-site = для --watch нужен сайт: goodgate diagnose https://shop.example/ --watch
outside-watch-ask = с --watch вопросов не бывает: уберите --ask или --watch
outside-watch-format = с --watch на терминал и дальше пишутся строки: назовите файл для отчёта с помощью -o ФАЙЛ
outside-watch-pause = --watch — не меньше { $n } секунд
outside-span-s = { $s } с
outside-span-m = { $m } мин { $s } с
outside-span-h = { $h } ч { $m } мин
outside-at = , { $peer }
outside-providers = Кто стоит между вами и сайтом и где об их работе написано
outside-provider-status = : состояние { $page }
outside-provider-support = , помощь { $page }
outside-provider-says = ; там написано: «{ $words }»
outside-provider-for-people = ; эту страницу состояния можно прочитать только в браузере
outside-provider-silent = ; страница состояния не ответила
outside-named-works = Страница, которую вы назвали, работает ({ $status }); не работает другое: { $what } ({ $path }).
