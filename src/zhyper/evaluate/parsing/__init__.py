"""Reads what a model chose, judged, counted, wrote or named in free text; None where it chose nothing."""

from zhyper.evaluate.parsing._choice import parse_choice as parse_choice
from zhyper.evaluate.parsing._code import parse_code as parse_code
from zhyper.evaluate.parsing._number import gold_number as gold_number
from zhyper.evaluate.parsing._number import parse_number as parse_number
from zhyper.evaluate.parsing._short import matches_any as matches_any
from zhyper.evaluate.parsing._short import normalised as normalised
from zhyper.evaluate.parsing._truth import parse_truth as parse_truth
