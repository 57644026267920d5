"""python -m tests.cards.golden --update: the golden images anew, after somebody has looked at the change."""

import sys

from tests.cards import golden

if sys.argv[1:] != ["--update"]:
    sys.exit("Golden images change only by: python -m tests.cards.golden --update")
golden.update()
print(f"{len(golden.CASES)} golden images in {golden.FOLDER}: look at them before you commit them.")
