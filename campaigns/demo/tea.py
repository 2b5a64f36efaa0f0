"""«Тиха чашка»: tea and ceramics, hryvnias, Nova Poshta, in Ukrainian."""

from campaigns.demo.shapes import Goods, Parcel, Person, Said, Shop, Tale, Way

GOODS = {
    "herbs": Goods(
        "Чай «Карпатський збір», 100 г",
        "245.00",
        "tea-herbs",
        (
            (5, "Пахне літом і сіном. Заварюємо щовечора, пачки вистачає на місяць."),
            (4, "Смачний, але хотілося б трохи більше м’яти."),
        ),
    ),
    "oolong": Goods(
        "Улун високогірний, 50 г",
        "320.00",
        "tea-oolong",
        (
            (5, "М’який, без гіркоти, витримує чотири заварювання."),
            (3, "Чай непоганий, проте за таку ціну чекаєш яскравішого аромату."),
        ),
    ),
    "thyme": Goods(
        "Чай чорний із чебрецем, 100 г",
        "210.00",
        "tea-thyme",
        ((5, "Чебрець справжній, видно цілі гілочки. До медівника найкраще."),),
    ),
    "mug": Goods(
        "Чашка «Туман», 250 мл",
        "480.00",
        "mug",
        (
            (5, "Глазур ще гарніша, ніж на фото: зблизу видно синій перелив. І тримати зручно."),
            (4, "Чашка чудова, тільки нагрівається доволі швидко."),
        ),
    ),
    "teapot": Goods(
        "Заварник глиняний, 600 мл",
        "1250.00",
        "teapot",
        (
            (5, "Носик не капає! За це окреме дякую."),
            (3, "Гарний, але кришка сидить нещільно: коли наливаєш, треба притримувати."),
        ),
    ),
    "bowl": Goods(
        "Піала «Місяць», 120 мл",
        "290.00",
        "bowl",
        ((5, "Маленька, легка, рука сама тягнеться."),),
    ),
    "plate": Goods(
        "Тарілка «Поле», 21 см",
        "520.00",
        "plate",
        ((4, "Дуже охайна робота. Одна тарілка трохи темніша за інші, та це ж ручна ліпка."),),
    ),
    "honey": Goods(
        "Мед гречаний, 250 г",
        "190.00",
        "honey",
        ((5, "Густий, темний, із тим самим гречаним присмаком. Уже скінчився."),),
    ),
    "spoon": Goods(
        "Ложка з грушевого дерева",
        "120.00",
        "spoon",
        ((4, "Проста й тепла на дотик річ. Після миття краще одразу витирати."),),
    ),
}

ABOUT_STORE = (
    (5, "Запакували так дбайливо, що жаль було розгортати. Дякую за листівку!"),
    (5, "Зібрали й відправили того ж дня."),
    (4, "Усе добре, лише посилка йшла на день довше, ніж обіцяли."),
    (5, "Уже вчетверте тут. Жодного разу не підвели."),
)

PEOPLE = {
    "olena": Person(1, "Олена", "Коваленко", "olena.kovalenko@poshta.example", "Відділення № 112", "Київ", "02095"),
    "petro": Person(2, "Петро", "Бондаренко", "petro.b@skrynka.example", "Відділення № 8", "Одеса", "65044"),
    "iryna": Person(3, "Ірина", "Мельник", "iryna.melnyk@poshta.example", "Відділення № 17", "Львів", "79005"),
    "andrii": Person(4, "Андрій", "Шевчук", "a.shevchuk@lyst.example", "вул. Соборна, 41, кв. 12", "Вінниця", "21050"),
    "nataliia": Person(5, "Наталія", "Ткаченко", "tkachenko.n@poshta.example", "Відділення № 30", "Дніпро", "49044"),
    "taras": Person(6, "Тарас", "Гриценко", "taras.hrytsenko@skrynka.example", "Поштомат № 5521", "Тернопіль", "46001"),
    "oksana": Person(7, "Оксана", "Лисенко", "oksana.lysenko@lyst.example", "Відділення № 3", "Полтава", "36020"),
    "dmytro": Person(
        8, "Дмитро", "Савчук", "dm.savchuk@poshta.example", "Відділення № 11", "Рівне", "33013", guest=True
    ),
    "kateryna": Person(9, "Катерина", "Мороз", "kateryna.moroz@lyst.example", "Відділення № 2", "Чернівці", "58002"),
    "bohdan": Person(10, "Богдан", "Павленко", "bohdan.pavlenko@skrynka.example", "Відділення № 24", "Суми", "40000"),
    "solomiia": Person(
        11, "Соломія", "Кравець", "solomiia.k@poshta.example", "вул. Незалежності, 9", "Івано-Франківськ", "76018"
    ),
    "viktor": Person(12, "Віктор", "Олійник", "viktor.oliinyk@lyst.example", "Відділення № 6", "Черкаси", "18000"),
    "mariia": Person(13, "Марія", "Руденко", "mariia.rudenko@poshta.example", "Відділення № 4", "Ужгород", "88000"),
    "yurii": Person(
        14, "Юрій", "Поліщук", "y.polishchuk@skrynka.example", "Поштомат № 20418", "Луцьк", "43000", guest=True
    ),
    "halyna": Person(15, "Галина", "Захарченко", "", "Відділення № 1", "Миргород", "37600"),
    "james": Person(
        16, "James", "Porter", "james.porter@letterbox.example", "Відділення № 70", "Київ", "04071", locale="en"
    ),
}

TALES = (
    Tale("1m", "olena", {"mug": 2, "thyme": 1}, paid=False),
    Tale("52m", "petro", {"teapot": 1}, paid=False, fate="part paid"),
    Tale("4h", "halyna", {"honey": 2, "herbs": 1}, paid=False, fate="no address"),
    Tale("1d 09:12", "nataliia", {"plate": 4, "bowl": 2}, (Parcel("packing", "20h"),), fate="visit"),
    Tale("1d 16:40", "taras", {"oolong": 1, "spoon": 2}, (Parcel("label", "14h", due=2),)),
    Tale("2d 12:05", "iryna", {"teapot": 1, "bowl": 4, "oolong": 1}, (Parcel("arrived", "5h", due=1),)),
    Tale("2d 21:10", "solomiia", {"plate": 2}, to="other", end="cancelled", ended="2d 22:02", fate="money back"),
    Tale("2d 18:31", "james", {"mug": 1, "herbs": 1}, (Parcel("moving", "11h", due=1),)),
    Tale("3d 19:22", "andrii", {"herbs": 2, "honey": 1}, (Parcel("out", "2h", due=0),), to="other"),
    Tale("4d 10:31", "oksana", {"mug": 1}, (Parcel("ready", "1d 17:25", due=0),), paid=False, fate="cash"),
    Tale(
        "5d 13:15",
        "dmytro",
        {"teapot": 1, "plate": 2, "spoon": 1},
        (Parcel("arrived", "1d 06:20", due=1), Parcel("picked_up", "9h", due=2)),
    ),
    Tale("4d 08:50", "kateryna", {"thyme": 2, "bowl": 1}, (Parcel("delivered", "3h"),)),
    Tale("9d 18:03", "bohdan", {"mug": 2}, (Parcel("delivered", "6d 12:40"),)),
    Tale("12d 20:47", "mariia", {"oolong": 2, "spoon": 1}, (Parcel("delivered", "8d 09:35"),), fate="subscription"),
    Tale("13d 11:45", "viktor", {"plate": 6}, (Parcel("delivered", "9d 15:30"),), fate="return"),
    Tale(
        "26d 19:10",
        "iryna",
        {"mug": 2, "honey": 1},
        (Parcel("delivered", "23d 12:20"),),
        said=(
            Said("mug", 5, "Дві різні й водночас пара. Ранкова кава тепер тільки з них."),
            Said("honey", 5, ""),
            Said("", 5, "Повернуся по заварник."),
        ),
    ),
    Tale(
        "19d 15:08",
        "yurii",
        {"plate": 1, "honey": 1},
        (Parcel("delivered", "16d 18:20"),),
        said=(
            Said("plate", 1, "Приїхала з тріщиною по краю: пакування в коробці було замало."),
            Said("honey", 4, "Мед смачний."),
            Said("", 3, "Добре, що перепросили й одразу пообіцяли надіслати нову."),
        ),
    ),
)

SHOP = Shop(
    slug="tykha-chashka",
    platform="shopify",
    tracker="aftership",
    name="Тиха чашка",
    url="https://tykha-chashka.example",
    country="UA",
    currency="UAH",
    time_zone="Europe/Kyiv",
    language="uk",
    languages=("uk", "en", "ru"),
    support_phone="+380 44 555 01 42",
    address="вул. Гончарна, 15, Опішня, 38164",
    accent="#9a4526",
    accent_ink="#fff8f1",
    town="Полтава",
    first_number=2041,
    free_from=1500,
    pays=("Картка онлайн", "Післяплата"),
    cancel_reason="customer",
    dial="+38067555{:04}",
    ways={
        "usual": Way("Нова пошта, до відділення", "75.00", "Nova Poshta", "2045##########", "ready"),
        "other": Way("Нова пошта, кур’єром", "110.00", "Nova Poshta", "2045##########"),
    },
    scans={
        "label": "Накладну створено, чекаємо на посилку",
        "picked_up": "Посилку прийнято",
        "moving": "Прямує до міста {there}",
        "arrived": "Прибула до сортувального термінала",
        "ready": "Чекає у відділенні",
        "out": "Кур’єр везе посилку",
        "attempt": "Не вдалося вручити: отримувача не було на місці",
        "weather": "Затримка в дорозі через негоду",
        "address": "Потрібно уточнити адресу",
        "delivered": "Посилку отримано",
    },
    goods=GOODS,
    people=PEOPLE,
    tales=TALES,
    about_store=ABOUT_STORE,
)
