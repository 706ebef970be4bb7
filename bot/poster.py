"""A printed card for a wall or a hand: what, where, when, in up to three languages, each with a QR code of its own.

The code opens the bot at this service in this city and language (`bot.channels.commands.start_parameter`). The page is
HTML for a browser to print: it shapes Arabic, Bengali, Gurmukhi and Ethiopic as readers expect, which PDF libraries do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import segno
from babel.dates import get_day_names

from bot.cards import HOURS, isolated, source_text
from bot.channels.commands import start_parameter
from bot.responses import name_of
from bot.translations import N_, RIGHT_TO_LEFT, locale_of, translate
from services_catalog.hours import Week
from services_catalog.vocabulary import CITIES, SERVICES

SCAN = N_("Point your phone's camera here, then press Start in Telegram.")

SIZES = {"a4": (210, 297), "a6": (105, 148)}
"""Millimetres."""
MOST_LANGUAGES = 3

FONTS = (
    "'Noto Sans','Noto Sans Arabic','Noto Sans Bengali','Noto Sans Devanagari','Noto Sans Gurmukhi','Noto Sans Ethiopic',"
    "'Noto Sans CJK SC','Noto Color Emoji',sans-serif"
)
URDU = f"'Noto Nastaliq Urdu',{FONTS}"

PAGE = """<!doctype html><html lang="it"><meta charset="utf-8"><title>Orienta</title><style>
@page {{ size: {width}mm {height}mm; margin: 0 }}
* {{ box-sizing: border-box; margin: 0 }}
html {{ font-size: {unit}mm; line-height: 1.35 }}
body {{ width: {width}mm; height: {height}mm; padding: 4rem; font-family: {fonts}; color: #000;
        display: flex; flex-direction: column; gap: 2.5rem; overflow: hidden }}
header {{ display: flex; align-items: center; gap: 3rem; border-bottom: .5rem solid #000; padding-bottom: 2rem }}
header .pictogram {{ font-size: 15rem; line-height: 1 }}
header h1 {{ font-size: 6.5rem; line-height: 1.1 }}
header p {{ font-size: 4rem }}
section {{ flex: 1; display: flex; gap: 3rem; align-items: flex-start; min-height: 0 }}
section + section {{ border-top: .2rem solid #999; padding-top: 2.5rem }}
.code {{ flex: none; width: 20rem; font-size: 1.9rem; text-align: center }}
.code svg {{ width: 100%; height: auto; display: block }}
.told {{ flex: 1; font-size: 3.1rem; min-width: 0 }}
.told h2 {{ font-size: 4.6rem; line-height: 1.3 }}
.told .source {{ font-size: 1.7rem; color: #333; overflow-wrap: anywhere; margin-top: .8rem }}
.alone section {{ flex-direction: column; align-items: center; gap: 2rem }}
.alone .code {{ width: 50rem; font-size: 3.6rem }}
.alone .told {{ flex: none; width: 100%; font-size: 4.4rem }}
.alone .told h2 {{ font-size: 6.4rem }}
.alone .told .source {{ font-size: 2.4rem }}
[lang=ur] {{ font-family: {urdu}; line-height: 1.9 }}
</style><body class="{form}"><header><span class="pictogram">{pictogram}</span><div><h1>{service}</h1><p>{city}</p></div></header>
{sections}</body></html>"""

SECTION = """<section lang="{language}" dir="{direction}"><div class="code">{code}<p>{scan}</p></div>
<div class="told"><h2>{pictogram} {service}</h2>{lines}<p class="source">{source}</p></div></section>"""


def poster_html(
    card: Mapping[str, Any], week: Week, *, city: str, service: str, languages: Sequence[str], bot: str, size: str
) -> str:
    """One page.

    Args:
        card: of `services_catalog.search`, as a dict.
        week: its usual openings (`services_catalog.hours.usual_week`); None where they are not known.
        bot: the bot's user name, without @.
        size: one of `SIZES`.
    """
    width, height = SIZES[size]
    sections = [_section(card, week, city, service, language, bot) for language in languages]
    return PAGE.format(
        form="alone" if len(languages) == 1 else "",
        width=width,
        height=height,
        unit=width / 100,
        fonts=FONTS,
        urdu=URDU,
        pictogram=SERVICES[service].emoji,
        service=escape(name_of("service", service, "it")),
        city=escape(CITIES[city].name),
        sections="\n".join(sections),
    )


def _section(card: Mapping[str, Any], week: Week, city: str, service: str, language: str, bot: str) -> str:
    link = f"https://t.me/{bot}?start={start_parameter(city, service, language)}"
    lines = [f"▪️ {isolated(card['name'], language)}"]
    if card.get("address"):
        lines.append(f"📍 {isolated(card['address'], language)}")
    lines += [f"🕘 {line}" for line in week_lines(week, language)]
    lines += [f"📞 {isolated(phone, language)}" for phone in card.get("phones", ())]
    return SECTION.format(
        language=language,
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        code=segno.make(link, error="m").svg_inline(omitsize=True, border=1),
        scan=escape(translate(language, SCAN)),
        pictogram=SERVICES[service].emoji,
        service=escape(name_of("service", service, language)),
        lines="".join(f"<p>{escape(line)}</p>" for line in lines),
        source=escape(source_text(card, language)),
    )


def week_lines(week: Week, language: str) -> list[str]:
    """The days with the same openings in one line; closed days are left out."""
    if week is None:
        return [translate(language, HOURS["unknown"])]
    if all(spans == (("00:00", "24:00"),) for spans in week):
        return [translate(language, HOURS["always"])]
    names = get_day_names("abbreviated", locale=locale_of(language))
    lines, start = [], 0
    for day in range(1, 8):
        if day == 7 or week[day] != week[start]:
            if week[start]:
                days = names[start] if day - start == 1 else f"{names[start]}–{names[day - 1]}"
                hours = ", ".join(f"{opens}-{closes}" if closes else opens for opens, closes in week[start])
                lines.append(f"{days}: {isolated(hours, language)}")
            start = day
    return lines
