# Что goodgate run и goodgate check говорят о собственных конфигурациях goodgate.

check-fine = { $name }: ошибок не найдено
check-error = ошибка:
check-warning = предупреждение:
check-of-another = { $name }: это конфигурация { $product }; goodgate check пока читает только собственные, а эту вместе с журналами читает goodgate diagnose
check-unknown = { $name }: это не конфигурация goodgate: в ней нет ни [[site]], ни [upstream.ИМЯ]
check-no-text = это не текст в UTF-8
run-listens = слушает { $address }
run-ends = получена просьба завершиться; начатые запросы сначала будут выполнены
run-loaded = конфигурация загружена заново
run-not-loaded = конфигурация не загружена; в силе остаётся прежняя
