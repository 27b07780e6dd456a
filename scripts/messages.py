"""Translation catalogues: `update` collects new texts, `check` fails when one lacks a translation.

Collecting needs GNU gettext (xgettext); without it `check` looks at completeness only and says so.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
LANGUAGE = "ja"
CATALOGUE = Path("locale") / LANGUAGE / "LC_MESSAGES" / "django.po"
COLLECT = [
    "makemessages",
    "--locale",
    LANGUAGE,
    "--no-obsolete",
    "--no-wrap",
    "--add-location=file",
]
IGNORE = [f"--ignore={path}" for path in (".venv", ".demo", "static", "staticfiles", "tests")]
HEADER = f"""\
msgid ""
msgstr ""
"Project-Id-Version: governance-portal\\n"
"Language: {LANGUAGE}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"""


def collect(root: Path) -> None:
    """Run Django's makemessages on a tree. The settings it loads connect nowhere."""
    nowhere = {
        "PORTAL_SECRET_KEY": "not-used-for-anything",
        "DATABASE_URL": "postgresql://portal@127.0.0.1:1/portal",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    command = [sys.executable, "manage.py", *COLLECT, *IGNORE]
    done = subprocess.run(
        command, cwd=root, env=nowhere | os.environ, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def collected_elsewhere() -> Catalog:
    """What the catalogue would be after `update`, made in a copy: a check changes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for path in tracked_or_new():
            target = copy / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, target)
        collect(copy)
        return read(copy)


def tracked_or_new() -> Iterator[str]:
    """The project's files as git sees them, generated ones left out."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    wanted = (".py", ".html", ".txt", ".po")
    for path in listed.split("\0"):
        if path.endswith(wanted) and (ROOT / path).is_file():
            yield path


def read(root: Path) -> Catalog:
    with (root / CATALOGUE).open("rb") as file:
        return read_po(file, locale=LANGUAGE, domain="django")


def texts(catalogue: Catalog) -> set[str]:
    return {f"{message.context or ''}|{message.id}" for message in catalogue if message.id}


def unfinished(catalogue: Catalog) -> list[str]:
    """One line for each text that is untranslated, uncertain, or breaks its placeholders."""
    lines = ["the header is fuzzy: nothing would be compiled"] if catalogue.fuzzy else []
    for message in catalogue:
        if not message.id:
            continue
        strings = message.string if isinstance(message.string, (tuple, list)) else [message.string]
        if not all(strings):
            lines.append(f"untranslated: {message.id!r}")
        elif message.fuzzy:
            lines.append(f"fuzzy: {message.id!r}")
        lines += [f"{error}: {message.id!r}" for error in message.check(catalogue)]
    return lines


def check() -> int:
    """0 when every text of the sources has its translation."""
    if not (ROOT / CATALOGUE).exists():
        print(f"There is no {CATALOGUE}; `make messages` begins one.")
        return 1
    ours = read(ROOT)
    problems = unfinished(ours)
    if shutil.which("xgettext"):
        fresh = texts(collected_elsewhere())
        problems += [f"not in the catalogue: {text}" for text in sorted(fresh - texts(ours))]
        problems += [f"no longer in the sources: {text}" for text in sorted(texts(ours) - fresh)]
    else:
        print("GNU gettext is not installed: only the completeness of the catalogue was checked.")
    print("\n".join(problems))
    if problems:
        print(f"{len(problems)} problems in {CATALOGUE}; `make messages` collects, then translate.")
    return 1 if problems else 0


def update() -> int:
    """Bring the catalogue up to date with the sources; translations are kept."""
    if not shutil.which("xgettext"):
        print("GNU gettext is missing: apt install gettext, brew install gettext.")
        return 1
    if not (ROOT / CATALOGUE).exists():
        (ROOT / CATALOGUE).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / CATALOGUE).write_text(HEADER)
    collect(ROOT)
    print(f"{CATALOGUE}: {len(unfinished(read(ROOT)))} texts to translate or confirm.")
    return 0


if __name__ == "__main__":
    sys.exit({"check": check, "update": update}[sys.argv[1]]())
