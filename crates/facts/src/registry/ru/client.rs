//! What gateways say of the client side, in Russian.

#[rustfmt::skip]
pub(super) const RU: &[(&str, &str)] = &[
    ("client-gone", "Клиент ушёл, не дождавшись ответа."),
    ("client-request-bad", "Клиент прислал неправильный запрос."),
    ("client-timed-out", "Клиент не прислал запрос вовремя."),
    ("client-tls-failed", "Рукопожатие TLS с клиентом не удалось."),
    ("client-probe", "Сканер или бот запросил то, чего здесь нет."),
    ("request-header-too-big", "Заголовки запроса больше, чем принимает шлюз."),
    ("request-body-too-big", "Тело запроса больше, чем принимает шлюз."),
    ("request-rejected-by-upstream-size", "Программа за шлюзом ответила, что запрос слишком велик."),
];
