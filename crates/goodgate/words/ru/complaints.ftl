# Что не удалось и как это исправить. Стоит после имени программы, поэтому начинается со строчной буквы.

could-not-be-read = { $name }: не удалось прочитать: { $reason }
could-not-be-written = { $name }: не удалось записать: { $reason }
answer-not-written = не удалось вывести ответ: { $reason }
stdin-not-read = не удалось прочитать стандартный ввод: { $reason }
reason-not-found = такого файла или каталога нет; проверьте, верно ли написано имя
reason-permission = нет прав; запустите с sudo или передайте копию
folders-too-deep = { $name }: пропущено, каталоги вложены глубже { $max } уровней
not-a-regular-file = { $name }: это не обычный файл, он пропущен; передайте копию его содержимого
too-many-files = { $name }: пропущено, файлов больше { $max }; назовите меньше каталогов
file-too-long = { $name }: файл больше 1 ГиБ, прочитано только его начало
gzip-cut = { $name }: архив gzip обрезан или повреждён; удалось распаковать и прочитать { $bytes } байт
progress-reading = читаю файл { $n } из { $all }
nothing-named = в том, что названо, нет ни одного файла; назовите журналы, конфигурации или каталоги
nothing-to-explain = объяснять нечего; дайте код, строку или файл — или посмотрите goodgate explain --help --lang ru

## Наборы свидетельств

bundle-problem = { $name }: { $problem }
bundle-damaged = это набор свидетельств (bundle), но он повреждён: { $reason }
bundle-unknown-form = это набор свидетельств (bundle) вида { $schema }, которого эта версия не читает; она читает { $known }
bundle-left-out = { $name }: это не текст, в набор не вошло
bundle-shortened = { $name }: файл длинный, в набор не вошло { $lines ->
    [one] { $lines } строка
    [few] { $lines } строки
   *[other] { $lines } строк
}; сохранены начало, конец и всё вокруг свидетельств, поэтому счётчики могут оказаться меньше

## --told

told-no-value = --told { $told }: нет значения; напишите КЛЮЧ=ЗНАЧЕНИЕ, один из: { $keys }
told-unknown-key = --told не знает { $key }; вот его ключи: { $keys }
told-unknown-value = --told { $told }: такое значение неизвестно; напишите { $usage }
told-text = ТЕКСТ
