"""Numbers with uncertainty and origin: questions under honesty controls; statistics, figures, reports."""

from zhyper.evaluate._arrow import ArrowRouting as ArrowRouting
from zhyper.evaluate._bootstrap import Estimate as Estimate
from zhyper.evaluate._bootstrap import bootstrap as bootstrap
from zhyper.evaluate._conditions import CONTROLS as CONTROLS
from zhyper.evaluate._evaluate import compare as compare
from zhyper.evaluate._evaluate import evaluate as evaluate
from zhyper.evaluate._exact_match import CONDITIONS as CONDITIONS
from zhyper.evaluate._exact_match import Answerer as Answerer
from zhyper.evaluate._exact_match import answer_questions as answer_questions
from zhyper.evaluate._exact_match import draw_questions as draw_questions
from zhyper.evaluate._exact_match import is_right as is_right
from zhyper.evaluate._likelihood import Choices as Choices
from zhyper.evaluate._likelihood import Likelihood as Likelihood
from zhyper.evaluate._questions import Question as Question
from zhyper.evaluate._questions import Scope as Scope
from zhyper.evaluate._questions import Scope as Wanted  # noqa: F401
from zhyper.evaluate._result_tables import gain_lines as gain_lines
from zhyper.evaluate._sandbox import Limits as Limits
from zhyper.evaluate._sandbox import Verdict as Verdict
from zhyper.evaluate._sandbox import pass_at_k as pass_at_k
from zhyper.evaluate._sandbox import run_code as run_code
from zhyper.evaluate._sandbox import run_programs as run_programs
from zhyper.evaluate._scores import Scores as Scores
from zhyper.evaluate._statistics import critical_difference as critical_difference
from zhyper.evaluate._statistics import friedman as friedman
from zhyper.evaluate._statistics import holm as holm
from zhyper.evaluate._statistics import mean_ranks as mean_ranks
from zhyper.evaluate._statistics import nemenyi as nemenyi
from zhyper.evaluate._statistics import paired_bootstrap as paired_bootstrap
from zhyper.evaluate._suites import SUITES as SUITES
from zhyper.evaluate._summary import Result as Result
from zhyper.evaluate._summary import summarise as summarise
