"""`make locales`: bring bot/locales/*/LC_MESSAGES/orienta.po up to date with the English texts.

msgids come from the responses of domain.yml and from what `N_` marks in the code, by Babel's extraction. A new message
gets an empty translation and says so at the end; a changed English text is a new message, never a fuzzy guess.

The statements of the procedures are translated in services_catalog/procedures/translations/<lang>.yml: there each new
text gets the hash of the Italian one that it was made from.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.responses import placeholders, texts_of_domain  # noqa: E402
from bot.translations import LOCALES, po_path  # noqa: E402
from services_catalog.procedures.lint import read_procedures  # noqa: E402
from services_catalog.procedures.schema import statement_names  # noqa: E402
from services_catalog.procedures.sheets import PACKAGED  # noqa: E402
from services_catalog.procedures.translations import bring_up_to_date, translation_files  # noqa: E402

NOT_REVIEWED = "not yet reviewed by a native speaker"
"""Comment of each translation that stands until somebody who speaks the language takes it away."""
FOLDERS = ("bot", "console", "services_catalog")


def messages() -> Iterator[tuple[str, str]]:
    """Each msgid with where it comes from."""
    for name, text in texts_of_domain().items():
        yield text, f"domain.yml:{name}"
    for folder in FOLDERS:
        for file, _line, message, *_ in extract_from_dir(
            str(ROOT / folder), [("**.py", "python")], keywords={"N_": None}
        ):
            yield str(message), f"{folder}/{file}"


def template() -> Catalog:
    catalogue = Catalog(project="Orienta", charset="utf-8")
    for text, place in messages():
        flags = ["python-brace-format"] if placeholders(text) else []
        catalogue.add(text, locations=[(place, None)], flags=flags)
    return catalogue


def main() -> int:
    source = template()
    missing = 0
    for path in [po_path(language.name) for language in sorted(LOCALES.iterdir()) if language.is_dir()]:
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.parent.parent.name, domain="orienta")
        catalogue.update(source, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalogue, width=120, sort_output=False, omit_header=False)
        empty = [message.id for message in catalogue if message.id and not message.string]
        missing += len(empty)
        print(f"{path.parent.parent.name}: {len(catalogue)} messages, {len(empty)} not translated")
    italian = dict(pair for procedure in read_procedures(PACKAGED)[0] for pair in statement_names(procedure))
    for path in translation_files(PACKAGED):
        outdated = bring_up_to_date(path, italian)
        missing += outdated
        print(f"{path.stem}: {len(italian)} statements of procedures, {outdated} without a text of their own")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
