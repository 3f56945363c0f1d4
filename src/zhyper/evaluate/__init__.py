"""Numbers with their uncertainty: exact match under conditions and controls."""

from zhyper.evaluate._arrow import ArrowRouting as ArrowRouting
from zhyper.evaluate._bootstrap import Estimate as Estimate
from zhyper.evaluate._bootstrap import bootstrap as bootstrap
from zhyper.evaluate._exact_match import CONDITIONS as CONDITIONS
from zhyper.evaluate._exact_match import Answerer as Answerer
from zhyper.evaluate._exact_match import Question as Question
from zhyper.evaluate._exact_match import answer_questions as answer_questions
from zhyper.evaluate._exact_match import draw_questions as draw_questions
from zhyper.evaluate._exact_match import is_right as is_right
