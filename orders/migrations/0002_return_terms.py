"""What we read of the law of returns: defaults that people edit. No lawyer has checked them: have a lawyer check."""

from datetime import date

from django.db import migrations
from django.utils.translation import gettext_noop as _

READ_ON = date(2026, 11, 23)
UNION = "Directive 2011/83/EU"
RULES = "Закон України «Про захист прав споживачів» № 1023-XII"
RUSSIA = "Закон РФ «О защите прав потребителей» № 2300-1"
TERMS = {
    "UA": (14, f"{RULES}, ст. 13 (договір, укладений на відстані)"),
    "RU": (7, f"{RUSSIA}, ст. 26.1 п. 4 (дистанционная продажа)"),
    "EU": (14, f"{UNION}, art. 9 (1)"),
    "*": (14, "no source: as in the Union"),
}
WORN = _("Goods of this kind cannot be returned once they were handed over, unless they are faulty.")
OPENED = _("This cannot be returned once it was opened, unless it is faulty.")
MADE = _("This was made for you, so it cannot be returned unless it is faulty.")
LISTS = (
    # (country, what, words that shops use, what the customer reads, source)
    ("EU", "Made to order", ["custom", "personalised", "made to order", "на замовлення", "на заказ"], MADE,
     f"{UNION}, art. 16 (c)"),
    ("EU", "Perishable goods", ["perishable", "fresh", "flowers"], WORN, f"{UNION}, art. 16 (d)"),
    ("EU", "Sealed goods, for hygiene", ["hygiene", "cosmetics", "underwear"], OPENED, f"{UNION}, art. 16 (e)"),
    ("EU", "Sealed recordings and software", ["software", "audio", "video"], OPENED, f"{UNION}, art. 16 (i)"),
    ("UA", "Food", ["food", "продукти", "харчування", "їжа"], WORN, "Постанова КМУ від 19.03.1994 № 172, додаток 3"),
    ("UA", "Medicines and hygiene", ["medicine", "hygiene", "ліки", "гігієна"], WORN,
     "Постанова КМУ від 19.03.1994 № 172, додаток 3"),
    ("UA", "Underwear, stockings, cosmetics, perfume", ["underwear", "cosmetics", "білизна", "косметика", "парфумерія"],
     WORN, "Постанова КМУ від 19.03.1994 № 172, додаток 3"),
    ("RU", "Made for one person", ["custom", "personalised", "на заказ", "именное"], MADE, f"{RUSSIA}, ст. 26.1 п. 4"),
    ("RU", "Goods that are not exchanged", ["medicine", "cosmetics", "underwear", "лекарства", "косметика", "бельё",
     "парфюмерия"], WORN, "Постановление Правительства РФ от 31.12.2020 № 2463 (перечень); "
     "for distance sales a lawyer has to say how far it holds"),
)  # fmt: skip


def make(apps, schema_editor):
    terms, goods = apps.get_model("orders", "ReturnTerms"), apps.get_model("orders", "NotReturnable")
    for country, (days, source) in TERMS.items():
        terms.objects.get_or_create(country=country, defaults={"days": days, "source": source, "checked_on": READ_ON})
    for country, name, words, why, source in LISTS:
        known = {"words": words, "why": why, "source": source, "checked_on": READ_ON}
        goods.objects.get_or_create(country=country, name=name, defaults=known)


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_tables")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
