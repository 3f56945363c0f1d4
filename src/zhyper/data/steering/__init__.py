"""Behaviours on everyday prompts, which only a description can ask for."""

from zhyper.data.steering._all_behaviours import BEHAVIOURS as BEHAVIOURS
from zhyper.data.steering._behaviour import Ask as Ask
from zhyper.data.steering._behaviour import Behaviour as Behaviour
from zhyper.data.steering._combinations import Steering as Steering
from zhyper.data.steering._combinations import steerings as steerings
from zhyper.data.steering._prompts import prompts as prompts
from zhyper.data.steering._source import Novelty as Novelty
from zhyper.data.steering._source import Row as Row
from zhyper.data.steering._source import read_steering as read_steering
from zhyper.data.steering._source import rows_of as rows_of
from zhyper.data.steering._source import wordings_of as wordings_of
from zhyper.data.steering._splits import base_answers as base_answers
from zhyper.data.steering._splits import split_of as split_of
