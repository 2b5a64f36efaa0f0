"""How a person is called by name in Ukrainian: *Олена* is greeted as «Олено», *Петро* as «Петре».

Rules by ending, after the Ukrainian orthography of 2019 (§ 85, § 87), and a table for what rules cannot know. Where
neither is sure (a Latin or Russian spelling, a foreign name, one that ends in a consonant and stands in no list: it may
be a woman's), the name stays as its owner wrote it: at worst that is a little stiff, while a wrong form is
somebody else's name, and none at all is a letter to nobody.
"""

import re
from functools import lru_cache


def _words(table: str) -> frozenset[str]:
    return frozenset(table.split())


_APOSTROPHES = str.maketrans(dict.fromkeys("’ʼ`‘´′", "'"))
# Keyboards and phones leave Latin look-alikes inside Cyrillic names: «Iрина» with a Latin I.
_LOOK_ALIKES = str.maketrans("IiAaEeOoCcPpXxyTHKMB", "ІіАаЕеОоСсРрХхуТНКМВ")
_CYRILLIC = re.compile(r"[а-щьюяґєії]", re.IGNORECASE)
_UKRAINIAN = re.compile(r"[а-щьюяґєії']+", re.IGNORECASE)  # without ё, ъ, ы, э
_SOUNDS = "бвгґджзйклмнпрстфхцчшщ"
_BREAKS = re.compile(r"([\s-]+)")

# Men's names that end in a consonant and take -е, in their usual spellings.
_HARD = _words(
    """
    август авраам адам адольф адріан азар альберт альбін альфред антон арам аристарх аркад армен арсен артем артур
    арчил аскольд афанас ашот бенедикт богдан богомир болеслав борис броніслав будимир в'ячеслав вадим валентин
    варлам василіск вацлав велимир веніамін владислав влас володимир всеволод віктор вілен герман гліб гнат давид
    давлет дам'ян дан данил денис джеймс джон джордж дмитр добромир едвард едгар едуард ельдар ельман ернест ернст
    жан ждан захар зенон златомир зорян зураб йосип йосиф казимир камал карен карл каспар кирил климент конрад
    костянтин ксенофонт купріян кіндрат леон леонард леонід лук'ян лукаш любомир людомир мавр макар макс максим
    максиміліан мар'ян мартин мелетій мечислав мирон мирослав модест мстислав мурат назар наріман натан недан нестор
    никифор никодим оксен олександр омелян онисим онуфр орест осип оскар остап панас пантелеймон парфен петр платон
    полікарп потап радим радислав радомир рамзан рафаїл рашид рем ренат роберт родіон роман ростислав рубен
    рудольф руслан рустам рінат святослав світан світозар себастіан севастян северин семен серафим сильвестр симон
    соломон спиридон станіслав степан сулейман тадеуш тарас теодор тигран тимур тихон томас томаш трохим устим фарід
    федос федот фелікс фердинанд филимон франц харитон христофор чеслав юзеф юліан юстин юсуф юхим яким ян януш
    ярема яромир ярослав євген євстах єгор єремій єфрем ібрагім іван іларіон ілліас ільдар ільяс іннокент іполит
    """
)
_IRREGULAR = {
    # -е with a change inside the word
    "антін": "антоне", "федір": "федоре", "хведір": "хведоре", "сидір": "сидоре", "прокіп": "прокопе",
    "яків": "якове", "тиміш": "тимоше", "лев": "леве", "нестір": "несторе", "григір": "григоре",
    # soft -р
    "ігор": "ігорю", "лазар": "лазарю", "цезар": "цезарю",
    # -г, -к, -х
    "олег": "олеже", "марк": "марку", "марек": "мареку", "людвіг": "людвігу", "ерік": "еріку", "ерик": "ерику",
    "патрик": "патрику", "патрік": "патріку", "домінік": "домініку", "генрік": "генріку", "генріх": "генріху",
    "фрідріх": "фрідріху", "людвік": "людвіку", "жак": "жаку", "олдріх": "олдріху", "тарасик": "тарасику",
    "івасик": "івасику", "михайлик": "михайлику", "петрик": "петрику", "юрчик": "юрчику", "стасик": "стасику",
    # men's names in -о
    "петро": "петре", "павло": "павле", "дмитро": "дмитре", "михайло": "михайле", "данило": "даниле",
    "кирило": "кириле", "гаврило": "гавриле", "самійло": "самійле", "мануйло": "мануйле", "вавило": "вавиле",
    # -я beyond the rules
    "ілля": "ілле", "зоря": "зоре", "рая": "раю", "тая": "таю", "мая": "маю", "хая": "хаю",
    # women's names without a vowel at the end
    "любов": "любове", "нінель": "нінеле", "рахіль": "рахіле", "адель": "аделе", "есфір": "есфіре", "юдиф": "юдифе",
    "агар": "агаре",
    # soft ones that are neither: -ю
    "даніель": "даніелю", "еміль": "емілю", "анатоль": "анатолю", "віталь": "віталю", "емануель": "емануелю",
    "габрієль": "габрієлю", "рафаель": "рафаелю", "самуель": "самуелю", "василь": "василю", "олесь": "олесю",
    "лесь": "лесю", "михась": "михасю", "кость": "костю", "стась": "стасю", "івась": "івасю", "павлусь": "павлусю",
    "петрусь": "петрусю", "дмитрусь": "дмитрусю", "ярось": "яросю", "юрась": "юрасю", "равіль": "равілю",
    "шаміль": "шамілю", "янкель": "янкелю",
    # -ей: most are Russian spellings, these are not
    "єлисей": "єлисею", "мойсей": "мойсею", "тадей": "тадею", "матей": "матею", "амадей": "амадею",
}  # fmt: skip
# Spelled as in Russian, where the rules would take them for Ukrainian.
_AS_WRITTEN = _words(
    """
    алина алиса ангелина вероника вика витя диана дима екатерина елена елизавета зина зинаида илона инна ирина кристина
    лиза лиля миша никита нина павел полина регина светлана татьяна
    """
)
_STEMS = ("слав", "мир")  # every name so composed is a man's: Ярослав, Велимир


@lru_cache(maxsize=8192)
def vocative(name: str) -> str:
    """The form for calling, of a first name, a double name or a name with a patronymic; else the name as it is."""
    parts = _BREAKS.split(name.strip())
    called = [_call(part, place) if place % 2 == 0 else part for place, part in enumerate(parts)]
    return "".join(called)


def _call(word: str, place: int) -> str:
    if not _CYRILLIC.search(word):
        return word
    plain = word.translate(_APOSTROPHES).translate(_LOOK_ALIKES)
    if not _UKRAINIAN.fullmatch(plain):
        return word
    name = plain.lower()
    found = _called_as(name) if place == 0 or _is_given(name) else None
    return _in_its_case(found, word) if found else word


def _is_given(name: str) -> bool:
    """May a further word be called too? A patronymic or a name may, a surname stays in the nominative."""
    return name in _IRREGULAR or name in _HARD or name in _SECOND or name.endswith(("вна", "ович", "ійович", "ліч"))


# Second halves of double names; by their ending they could as well be surnames.
_SECOND = _words(
    """
    анна марія софія тереза вікторія катерина єва ольга олена ірина яна лія роза луїза анастасія марта христина дарія
    соломія павлина аліна діана варвара меланія емілія лаура луція магдалина ганна ніка злата стефанія юлія лідія
    """
)


def _called_as(name: str) -> str | None:
    if name in _AS_WRITTEN:
        return None
    if name in _IRREGULAR:
        return _IRREGULAR[name]
    if len(name) < 2:
        return None
    stem, before, last = name[:-1], name[-2], name[-1]
    if last == "а":
        return stem + "о" if before in _SOUNDS else None  # after a vowel it does not change: Франсуа
    if last == "я":
        return _called_in_ya(stem, before)
    if last == "й":
        return stem + "ю" if before in "іїа" else None  # -ий and -ей are how Russian writes them
    if last == "о":
        return stem + "у" if before == "к" else None  # Марко, Сашко; Бруно does not change
    if name.endswith(("ович", "евич", "ійович", "ліч")):
        return name + "у"
    return name + "е" if name in _HARD or name.endswith(_STEMS) else None


def _called_in_ya(stem: str, before: str) -> str | None:
    if before in "иь":
        return None  # Мария, Наталья: Russian
    if before in _SOUNDS and before != "й":
        return stem + "ю"  # Оля, Наталя, Катя
    return stem + "є"  # Марія, Зоя, Майя, Дар'я


def _in_its_case(called: str, written: str) -> str:
    """As it was written; all in capitals or all in small letters is how forms are filled in a hurry, not a name."""
    if written.islower() or (written.isupper() and len(written) > 1):
        called = called.capitalize()
    else:
        marks = zip(called, written, strict=False)
        kept = "".join(mark.upper() if as_written.isupper() else mark for mark, as_written in marks)
        called = kept + called[len(kept) :]
    return called.replace("'", next((mark for mark in written if ord(mark) in _APOSTROPHES), "'"))
