"""python -m tests.cards.golden --update [LANGUAGE …]: golden images anew, to be looked at."""

import sys

from tests.cards import golden

USAGE = "Golden images change only by: python -m tests.cards.golden --update [LANGUAGE …]"

if sys.argv[1:2] != ["--update"] or not set(sys.argv[2:]) <= set(golden.LANGUAGES):
    sys.exit(f"{USAGE}\nLanguages: {' '.join(golden.LANGUAGES)}")
for language in golden.update(sys.argv[2:] or golden.LANGUAGES):
    print(f"{language}: look at {golden.kept.FOLDER / language} before you commit it.")
