"""The purposes every installation starts with; people tune them in the admin."""

from django.db import migrations

# Only news of an order, of an account and an answer of ours go out while something is not settled, and at night.
WAITS = {"waits_for_open_matters": True, "obeys_quiet_hours": True, "when_unknown": "keep"}
# One ask a week, whatever asks; two letters of advertising.
LIMITS = {"asks": {"most": 1, "days": 7}, "marketing": {"most": 2, "days": 7}}
RANKS = {"recovery": 1, "csat": 2, "ces": 2, "review": 3, "nps": 4, "referral": 5}
# 21 to 9 is what follow-up tools keep; in the United States 21 to 8 is the law for calls and texts (TCPA,
# 47 CFR 64.1200 (c) (1)). The countries of our shops stand here so that they can be changed by themselves.
QUIET = {country: ("21:00", "09:00") for country in ("", "UA", "PL", "DE", "KZ", "RU", "GB")} | {"US": ("21:00", "08:00")}
# Whoever asked for letters may be counted; who is told about an order may not.
COUNTED = {"track_opens": True, "track_clicks": True}
PURPOSES = {
    "account": {"lane": 1, "needs": "nothing", "when_unknown": "resend"},
    "order_updates": {"lane": 1, "needs": "nothing", "when_unknown": "resend"},
    "support": {"lane": 2, "needs": "nothing", "when_unknown": "resend"},
    "review_requests": {"lane": 5, "needs": "no_objection", "limit": "asks", "ask": "review", **WAITS},
    "surveys": {"lane": 5, "needs": "no_objection", "limit": "asks", "ask": "nps", **WAITS},
    "loyalty": {"lane": 6, "needs": "no_objection", **WAITS, **COUNTED},
    "marketing": {
        **{"lane": 7, "needs": "consent", "needs_confirmation": True, "limit": "marketing"},
        **WAITS,
        **COUNTED,
    },
    # no mail is sent for it: the second consent that Russian law wants beside the one to advertising
    "personal_data": {"lane": 9, "needs": "consent", "when_unknown": "keep"},
}


def make(apps, schema_editor):
    model = {name: apps.get_model("customers", name) for name in ("Purpose", "Limit", "Ask", "QuietHours")}
    for code, rule in LIMITS.items():
        model["Limit"].objects.get_or_create(code=code, defaults=rule)
    for code, rank in RANKS.items():
        model["Ask"].objects.get_or_create(code=code, defaults={"rank": rank})
    for country, (begins, ends) in QUIET.items():
        model["QuietHours"].objects.get_or_create(country=country, defaults={"begins": begins, "ends": ends})
    for code, rules in PURPOSES.items():
        known = {f"{name}_id" if name in ("limit", "ask") else name: rule for name, rule in rules.items()}
        model["Purpose"].objects.get_or_create(code=code, defaults=known)


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_tables")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
