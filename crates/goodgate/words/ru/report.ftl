# Что говорит диагноз: путь запроса, вывод, свидетельства.

count-files = { $n ->
    [one] { $n } файл
    [few] { $n } файла
   *[other] { $n } файлов
}
count-lines = { $n ->
    [one] { $n } строка
    [few] { $n } строки
   *[other] { $n } строк
}
count-times = { $n ->
    [one] { $n } раз
    [few] { $n } раза
   *[other] { $n } раз
}
count-connections = { $n ->
    [one] { $n } соединение
    [few] { $n } соединения
   *[other] { $n } соединений
}
and-more = и ещё { $n }
span = { $first } — { $last }

## В целом

report-title = Отчёт
masked = Посетители получили ответы, но только потому, что шлюз повторял запросы: за повторами скрывается сбой.
no-fault = В том, что передано, сбоев нет.
understood-one = { $past ->
    [yes] Разобран 1 файл; ничто в нём не говорит о сбое, который ещё продолжается.
   *[no] Разобран 1 файл; ничто в нём не говорит о сбое.
}
understood = { $past ->
    [yes] Разобрано: { $what }; ничто не говорит о сбое, который ещё продолжается.
   *[no] Разобрано: { $what }; ничто не говорит о сбое.
}
files-and-lines = { $files }, { $lines }
cannot-tell = По тому, что передано, судить нельзя: ничто в нём не удалось понять как свидетельство сбоя шлюза.
hand-in = Передайте журнал ошибок шлюза, его журнал доступа, его конфигурацию и то, что на сервере выводят `ss -ltnp` и `ps -ef`.
also-failing = Ещё сбои
over-now = Уже прошло
worth-knowing = Стоит знать
cause-unknown = причина неизвестна
answered-itself = ошибка, которой ответила сама программа за шлюзом
incident = { $when }: { $what }, { $times }. { $cause }

## Путь запроса

hop-visitor = посетитель
hop-gateway = шлюз
hop-gateway-named = { $name } (шлюз)
hop-upstream = программа за шлюзом
hop-upstream-named = { $name } (программа за шлюзом)
hop-another-gateway = другой шлюз
hop-nested = { $upstream }, { $inner } (тоже шлюз)
hop-behind = то, что стоит за ним

## Вывод

verdict-proven = { $sentence } (доказано свидетельствами).
verdict-likely = { $sentence } (вероятнее всего).
verdict-possible = Возможно: { $sentence }
verdict-unknown = Что-то не работает, но по свидетельствам нельзя сказать почему.
symptom-status-why = Посетители получали { $status }{ $often }: { $why }.
symptom-status = Посетители получали { $status }{ $often }.
symptom-why = Шлюз зафиксировал сбой{ $often }: { $why }.
often-at = , { $span }
often-from = , { $span }
upstream-bare = за шлюзом
upstream-explained = за шлюзом (upstream)
behind-it = За этим может стоять другая причина: { $title } ({ $id }).
what-it-could-be = Что это может быть
also-possible = Возможно также
what-would-tell-more = Что прояснит дело

## Свидетельства

because = Почему мы так считаем
what-was-seen = Что мы увидели
speaks-against = Что говорит против этой версии
place-told = с ваших слов
place-concluded = вывод
place-concluded-from = вывод из { $places }
place-concluded-from-several = вывод из нескольких файлов
place-times = { $n ->
    [one] , { $n } раз
    [few] , { $n } раза
   *[other] , { $n } раз
}

detail-status = статус { $n }
detail-errno = { $text }, ошибка { $n }
detail-errno-bare = ошибка { $n } операционной системы
detail-killed = сигнал 9, SIGKILL
detail-segfault = сигнал 11, ошибка сегментации (SIGSEGV)
detail-signal = сигнал { $n }
detail-alert = оповещение TLS (alert) { $n }
detail-bytes = { $n } Б
detail-seconds = { $n } с
detail-mode = права { $n }
detail-restart = перезапуск № { $n }
detail-exit-code = код завершения { $n }
detail-used = занято { $n } %
detail-left = свободно { $n } %
detail-waiting = ждёт: { $n }
detail-curl = код завершения curl { $n }
detail-counted = по счётчику: { $n }

## Чего не видели

unread-binary = { $name }: это не текст; передайте распакованный текст, из которого он получен
unread-unknown = { $name }: ни одной строки в известном здесь формате
not-understood = Не разобрано
worth-having = Не передано, а пригодилось бы
symptom-outer = { $what } ({ $error }){ $often }.
symptom-outer-open = { $what }{ $often }.
