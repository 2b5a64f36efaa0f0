"""«Бумажный кит»: paper and ink, roubles, CDEK, in Russian."""

from campaigns.demo.shapes import Goods, Parcel, Person, Said, Shop, Tale, Way

GOODS = {
    "notebook": Goods(
        "Блокнот «Маяк», А5, в точку",
        "890.00",
        "notebook",
        (
            (5, "Бумага плотная, перо не просвечивает. У меня такой уже второй."),
            (4, "Точки бледноваты, при вечернем свете теряются. В остальном идеально."),
        ),
    ),
    "ink": Goods(
        "Чернила «Северное море», 30 мл",
        "1150.00",
        "ink",
        (
            (5, "Цвет как у зимнего моря: то серый, то зелёный. Сохнут быстро."),
            (3, "Оттенок красивый, но на тонком пере подсыхают."),
        ),
    ),
    "pen": Goods(
        "Перьевая ручка «Стриж», перо F",
        "3490.00",
        "pen",
        (
            (5, "Пишет сразу, даже если неделю лежала без дела."),
            (5, "Подарок папе: теперь подписывает ею всё подряд."),
        ),
    ),
    "pencils": Goods(
        "Карандаши чернографитные, 6 шт.",
        "640.00",
        "pencils",
        ((4, "Хорошо точатся, грифель не крошится. Жаль, что нет 4B."),),
    ),
    "watercolour": Goods(
        "Бумага для акварели, 20 листов",
        "1290.00",
        "watercolour",
        ((5, "Держит воду и не коробится. Для этюдов то, что надо."),),
    ),
    "postcards": Goods(
        "Открытки «Двор зимой», 5 шт.",
        "450.00",
        "postcards",
        ((5, "Одну отправили бабушке, она поставила её в рамку."),),
    ),
    "bookmark": Goods(
        "Закладка латунная «Перо»",
        "380.00",
        "bookmark",
        (
            (5, "Тонкая, но увесистая. Приятно держать в руках."),
            (3, "Красивая, но царапается быстрее, чем хотелось бы."),
        ),
    ),
    "case": Goods(
        "Пенал из войлока",
        "1690.00",
        "pencil-case",
        ((4, "Войлок плотный, молния ходит мягко. Длинные карандаши входят впритык."),),
    ),
}

ABOUT_STORE = (
    (5, "Быстро собрали и вложили открытку, очень приятно."),
    (4, "Хороший магазин, не хватает только выбора доставки."),
    (5, "Всё доехало целым, даже стеклянный флакон."),
)

PEOPLE = {
    "anna": Person(
        1, "Анна", "Соколова", "anna.sokolova@yashchik.example", "ул. Садовая, 14, кв. 31", "Москва", "105066"
    ),
    "mikhail": Person(
        2, "Михаил", "Орлов", "m.orlov@pismo.example", "Пункт выдачи на Лиговском, 74", "Санкт-Петербург", "191040"
    ),
    "elena": Person(
        3, "Елена", "Зайцева", "zaytseva.elena@yashchik.example", "Пункт выдачи на Баумана, 9", "Казань", "420111"
    ),
    "dmitry": Person(
        4, "Дмитрий", "Лебедев", "lebedev.d@pismo.example", "Пункт выдачи на Малышева, 51", "Екатеринбург", "620014"
    ),
    "olga": Person(
        5, "Ольга", "Воронова", "olga.voronova@yashchik.example", "Пункт выдачи на Ленина, 12", "Новосибирск", "630099"
    ),
    "sergey": Person(
        6, "Сергей", "Климов", "s.klimov@pismo.example", "ул. Полевая, 5, кв. 8", "Самара", "443001", guest=True
    ),
    "maria": Person(
        7,
        "Мария",
        "Белова",
        "belova.maria@yashchik.example",
        "Пункт выдачи на Рождественской, 24",
        "Нижний Новгород",
        "603001",
    ),
    "alexey": Person(8, "Алексей", "Громов", "gromov@pismo.example", "Пункт выдачи на Пушкина, 80", "Пермь", "614000"),
    "tatiana": Person(9, "Татьяна", "Ершова", "t.ershova@yashchik.example", "ул. Тихая, 3", "Калининград", "236006"),
    "igor": Person(
        10, "Игорь", "Панин", "igor.panin@pismo.example", "Пункт выдачи на Советской, 17", "Тула", "300041", guest=True
    ),
    "ksenia": Person(
        11, "Ксения", "Дроздова", "ksenia.d@yashchik.example", "Пункт выдачи на Свободы, 46", "Ярославль", "150003"
    ),
    "pavel": Person(12, "Павел", "Рогов", "p.rogov@zabyt.example", "Пункт выдачи на Фрунзе, 20", "Томск", "634050"),
    "vera": Person(13, "Вера", "Ильина", "vera.ilyina@yashchik.example", "Пункт выдачи на Гоголя, 60", "Уфа", "450077"),
    "nikita": Person(
        14, "Никита", "Жданов", "zhdanov.n@pismo.example", "Пункт выдачи на Кольцовской, 35", "Воронеж", "394030"
    ),
}

TALES = (
    Tale("6m", "anna", {"pen": 1, "ink": 1}, to="other"),
    Tale("3h", "mikhail", {"notebook": 3}, paid=False),
    Tale("1d 20:15", "elena", {"watercolour": 2, "pencils": 1}, (Parcel("label", "12h", due=3),)),
    Tale("2d 13:05", "pavel", {"notebook": 1}, (Parcel("moving", "8h", due=3),)),
    Tale("3d 11:20", "dmitry", {"case": 1, "pencils": 2}, (Parcel("moving", "9h", due=2),)),
    Tale("4d 15:44", "olga", {"ink": 1, "bookmark": 1}, (Parcel("ready", "1d 17:10", due=0),)),
    Tale("5d 09:05", "sergey", {"postcards": 2}, (Parcel("attempt", "5h", due=0),), to="other"),
    Tale("11d 14:30", "maria", {"pen": 1}, (Parcel("moving", "6d 08:20", due=-4),)),
    Tale("5d 19:50", "alexey", {"notebook": 2, "bookmark": 2}, (Parcel("delivered", "4h"),)),
    Tale("6d 17:33", "igor", {"case": 1}, end="refunded", ended="4d 10:05"),
    Tale("10d 12:12", "tatiana", {"postcards": 1, "watercolour": 1}, (Parcel("delivered", "5d 16:20"),), to="other"),
    Tale("13d 22:01", "ksenia", {"ink": 2}, (Parcel("delivered", "8d 09:20"),), fate="return refused"),
    Tale(
        "20d 10:26",
        "nikita",
        {"ink": 1},
        (Parcel("delivered", "16d 13:30"),),
        said=(
            Said("ink", 1, "Флакон протёк: половина чернил осталась в коробке."),
            Said("", 3, "На письмо ответили быстро, обещали заменить. Ждём."),
        ),
    ),
    Tale("24d 10:40", "pavel", {"pencils": 1}, (Parcel("delivered", "20d 18:15"),), fate="bounced"),
)

SHOP = Shop(
    slug="bumazhny-kit",
    platform="woocommerce",
    tracker="aftership",
    name="Бумажный кит",
    url="https://bumazhny-kit.example",
    country="RU",
    currency="RUB",
    time_zone="Europe/Moscow",
    language="ru",
    languages=("ru", "en"),
    support_phone="+7 495 555-01-42",
    address="Типографский пер., 8, Москва, 107031",
    accent="#24527a",
    accent_ink="#f6faff",
    town="Москва",
    first_number=5107,
    free_from=3500,
    pays=("Картой на сайте", "При получении"),
    cancel_reason="",
    dial="+7916555{:04}",
    ways={
        "usual": Way("СДЭК, пункт выдачи", "290.00", "cdek", "10########", "ready"),
        "other": Way("СДЭК, курьером", "450.00", "cdek", "10########"),
    },
    scans={
        "label": "Накладная создана",
        "picked_up": "Принят на склад отправителя",
        "moving": "Отправлен: {here} → {there}",
        "arrived": "Принят на склад доставки",
        "ready": "Готов к выдаче",
        "out": "Выдан курьеру",
        "attempt": "Не вручён: получателя не было дома",
        "weather": "Задержка в пути из-за погоды",
        "address": "Нужно уточнить адрес",
        "delivered": "Вручён",
    },
    goods=GOODS,
    people=PEOPLE,
    tales=TALES,
    about_store=ABOUT_STORE,
    days=(3, 5),
)
